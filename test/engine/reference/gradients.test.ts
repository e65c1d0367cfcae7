import { describe, expect, inject, test } from 'vitest';
import type { LabelledSamples } from '../../../src/engine/index.js';
import { layerBackwards } from '../../../src/engine/reference/backward/index.js';
import { referenceEngine } from '../../../src/engine/reference/index.js';
import { ancestorsOf, type Layer, layerKinds, type Network } from '../../../src/network/index.js';
import { createRandom } from '../../../src/util/random.js';
import { inDoubles, withWeight } from '../../support/doubles.js';
import { propagated, propagationJob } from '../../support/propagate.js';
import { type RandomData, randomData, randomNetwork } from '../../support/randomNetwork.js';
import { differenceStep, expectClose, largest, slopeBound, tolerances } from '../../support/tolerance.js';

/** Numbers whose slopes are measured in each array. */
const perArray = 6;
const count = 3;

async function lossOf(network: Network, samples: LabelledSamples, { head }: RandomData): Promise<number> {
  using compiled = referenceEngine.compile(network);
  return (await compiled.evaluate(samples, head)).lossSum;
}

/**
 * Slopes of the loss along single numbers by differences. Null where the one to the left and the one to the right differ by
 * more than a smooth function's do: there is a kink between.
 */
async function slopesOf(
  values: Float64Array,
  indices: readonly number[],
  loss: (moved: Float64Array) => Promise<number>,
) {
  const middle = await loss(values);
  const slopes: (number | null)[] = [];
  for (const i of indices) {
    const [left = 0, right = 0] = await Promise.all(
      [-1, 1].map((sign) => loss(values.with(i, values[i]! + sign * differenceStep))),
    );
    const [before, after] = [(middle - left) / differenceStep, (right - middle) / differenceStep];
    const bent = Math.abs(before - after) > slopeBound(middle) + 2 ** 10 * differenceStep * (1 + Math.abs(after));
    slopes.push(bent ? null : (before + after) / 2);
  }
  return slopes;
}

/** Compares the gradient with slopes where there are any; returns how many there were not. */
function compare(
  gradient: Float64Array,
  indices: readonly number[],
  slopes: readonly (number | null)[],
  where: string,
) {
  const open = indices.filter((_, n) => slopes[n] !== null);
  const absolute = slopeBound(1) * (1 + largest(gradient));
  expectClose(
    open.map((i) => gradient[i]!),
    slopes.filter((slope) => slope !== null),
    { relative: 0, absolute },
    where,
  );
  return indices.length - open.length;
}

const learning = ({ kind, weights }: Layer): string[] =>
  layerBackwards[kind].weightGradients
    ? Object.keys(weights).filter((name) => name !== 'mean' && name !== 'variance')
    : [];

let [measured, bent] = [0, 0];

const cases = layerKinds.flatMap((kind, row) =>
  Array.from({ length: inject('networksPerKind') }, (_, i) => [kind, 500 + 10 * row + i] as const),
);

describe.each(cases)('gradients with %s, seed %i', (kind, seed) => {
  const network = randomNetwork(seed, { include: [kind], extra: 1 });
  const data = inDoubles(randomData(network, seed, { count }));
  const random = createRandom(seed);
  const draw = (length: number) => Array.from({ length: perArray }, () => random.integer(length - 1));

  test('are the slopes of the loss by inputs and weights', async () => {
    const reached = ancestorsOf(network, data.head.scores);
    const weighted = network.layers.filter((layer) => reached.has(layer.id) && learning(layer).length > 0);
    using compiled = referenceEngine.compile(network);
    const job = { maps: [network.input], weightGradients: weighted.map(({ id }) => id), squaredGradients: true };
    const result = await propagated(compiled, propagationJob(network, data, job));

    const indices = draw(data.x.length);
    const slopes = await slopesOf(data.x, indices, (x) => lossOf(network, { ...data, x }, data));
    bent += compare(result.maps[0] as Float64Array, indices, slopes, 'input');
    measured += perArray;
    for (const [n, layer] of weighted.entries()) {
      const { gradients, squares } = result.weights[n]!;
      expect(Object.keys(gradients)).toEqual(learning(layer));
      for (const name of learning(layer)) {
        const values = Float64Array.from(layer.weights[name]!.data);
        const chosen = draw(values.length);
        const found = await slopesOf(values, chosen, (moved) =>
          lossOf(withWeight(network, layer.id, name, moved), data, data),
        );
        bent += compare(gradients[name]!, chosen, found, `${layer.name} ${name}`);
        measured += perArray;
        expect(squares![name]!.every((square, i) => count * square >= gradients[name]![i]! ** 2 * (1 - 2 ** -40))).toBe(
          true,
        );
      }
    }
  });

  test('of single samples add up, and their squares', async () => {
    using compiled = referenceEngine.compile(network);
    const weighted = network.layers.filter((layer) => learning(layer).length > 0).map(({ id }) => id);
    const job = { weightGradients: weighted, squaredGradients: true };
    const all = await propagated(compiled, propagationJob(network, data, job));
    const size = data.x.length / count;
    const width = data.targets.length / count;
    const single = [];
    for (let s = 0; s < count; s++) {
      const own = {
        ...data,
        x: data.x.subarray(s * size, (s + 1) * size),
        targets: data.targets.subarray(s * width, (s + 1) * width),
        count: 1,
      };
      single.push(await propagated(compiled, propagationJob(network, own, job)));
    }
    for (const [n, { gradients, squares }] of all.weights.entries()) {
      for (const [name, gradient] of Object.entries(gradients)) {
        const parts = single.map((result) => result.weights[n]!.gradients[name]!);
        const sum = gradient.map((_, i) => parts.reduce((total, part) => total + part[i]!, 0));
        const squared = gradient.map((_, i) => parts.reduce((total, part) => total + part[i]! ** 2, 0));
        expectClose(gradient, sum, tolerances.double, name);
        expectClose(squares![name]!, squared, tolerances.double, `${name} squared`);
      }
    }
  });
});

test('few of the measured places have a kink beside them', () => {
  expect(measured).toBeGreaterThan(500);
  expect(bent / measured).toBeLessThan(0.02);
});
