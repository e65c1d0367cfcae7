import { describe, expect, test } from 'vitest';
import { activations } from '../../../src/engine/reference/activations.js';
import {
  type ActivationConfig,
  type ActivationName,
  activationNames,
  createNetwork,
} from '../../../src/network/index.js';
import type { Shape } from '../../../src/tensor/tensor.js';
import { naivePass } from '../../support/naive.js';
import { expectClose, tolerances } from '../../support/tolerance.js';

const points = [-40, -2.5, -0.75, 0, 0.5, 3.25, 7.5, 30] as const;

/** Values at {@link points}, from the formulas with 30 decimal digits (mpmath), at the default parameters. */
const expected: Readonly<Record<Exclude<ActivationName, 'softmax'>, readonly number[]>> = {
  linear: [-40, -2.5, -0.75, 0, 0.5, 3.25, 7.5, 30],
  relu: [0, 0, 0, 0, 0.5, 3.25, 7.5, 30],
  relu6: [0, 0, 0, 0, 0.5, 3.25, 6, 6],
  leakyRelu: [-12, -0.75, -0.225, 0, 0.5, 3.25, 7.5, 30],
  elu: [-1, -0.9179150013761012, -0.5276334472589853, 0, 0.5, 3.25, 7.5, 30],
  selu: [
    -1.7580993408473768, -1.6137857588732425, -0.9276320158350512, 0, 0.5253504936777402, 3.414778208905312,
    7.880257405166104, 31.521029620664414,
  ],
  sigmoid: [
    4.248354255291589e-18, 0.07585818002124355, 0.320821300824607, 0.5, 0.6224593312018546, 0.9626731126558705,
    0.9994472213630764, 0.9999999999999064,
  ],
  hardSigmoid: [0, 0, 0.35, 0.5, 0.6, 1, 1, 1],
  tanh: [
    -1, -0.9866142981514303, -0.6351489523872873, 0, 0.46211715726000974, 0.996997635486526, 0.9999993881955461, 1,
  ],
  softplus: [
    4.248354255291589e-18,
    0.07888973429254963,
    0.38687100611489994,
    Math.LN2,
    0.9740769841801067,
    3.288041371687783,
    7.500552931475361,
    30.000000000000092,
  ],
  swish: [
    -1.6993417021166355e-16, -0.18964545005310887, -0.24061597561845527, 0, 0.3112296656009273, 3.1286876161315793,
    7.495854160223073, 29.999999999997193,
  ],
  hardSwish: [0, -0.20833333333333334, -0.28125, 0, 0.2916666666666667, 3.25, 7.5, 30],
  gelu: [
    0, -0.015524163314440337, -0.16997051428265114, 0, 0.34573123063700656, 3.24812466861223, 7.499999999999761, 30,
  ],
  geluTanh: [0, -0.015084266089998582, -0.1700394448343797, 0, 0.34571400982514394, 3.2484313728552525, 7.5, 30],
};

/** The function for rows of the width of `x`'s last axis. */
function activate(config: ActivationConfig, x: readonly number[], shape: Shape = [x.length]): Float64Array {
  const network = createNetwork({
    layers: [
      { name: 'input', kind: 'input', config: { shape } },
      { name: 'activation', kind: 'activation', config },
    ],
  });
  return naivePass(network, { x: Float32Array.from(x), count: 1, scale: 1 }, 0)[network.output] as Float64Array;
}

describe('activation', () => {
  test.each(Object.keys(expected) as (keyof typeof expected)[])('%s agrees with 30 digits', (fn) => {
    expectClose(activate({ fn }, points), expected[fn], tolerances.elementary, fn);
  });

  test('every activation has a row', () => {
    expect(Object.keys(activations)).toEqual(activationNames);
  });

  test('parameters replace the defaults', () => {
    expectClose(activate({ fn: 'leakyRelu', alpha: 0.125 }, [-4, 4]), [-0.5, 4], tolerances.exact);
    expectClose(activate({ fn: 'elu', alpha: 2 }, [-1]), [2 * Math.expm1(-1)], tolerances.exact);
    expectClose(activate({ fn: 'hardSigmoid', alpha: 0.25, beta: 0.125 }, [-1, 1, 9]), [0, 0.375, 1], tolerances.exact);
  });

  test('softmax divides powers by their sum over the last axis', () => {
    const rows = activate({ fn: 'softmax' }, [0, 2, 1000, 1000], [2, 2]);
    const share = 1 / (1 + Math.exp(2));
    expectClose(rows, [share, 1 - share, 0.5, 0.5], tolerances.elementary);
  });

  test.each(activationNames)('%s stays finite at the ends of float32', (fn) => {
    const ends = activate({ fn }, [-3e38, 3e38]);
    expect([...ends].every(Number.isFinite)).toBe(true);
  });
});
