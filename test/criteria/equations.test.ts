import { describe, expect, test } from 'vitest';
import { type CriterionName, criteria, criterionNames, scores, weightScores } from '../../src/criteria/index.js';
import { hiddenLayers, type Layer, nodeCount } from '../../src/network/index.js';
import { randomNetwork } from '../support/randomNetwork.js';
import { expectClose, tolerances } from '../support/tolerance.js';

/** The incoming weights of a node, by the kernel's own axes. */
function incoming(layer: Layer, node: number): number[] {
  const { shape, data } = layer.weights.kernel as { shape: readonly number[]; data: ArrayLike<number> };
  const found: number[] = [];
  const [height = 1, width = 1, inputs = 1, outputs = 1] = shape.length === 2 ? [1, 1, ...shape] : shape;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let i = 0; i < inputs; i++) {
        for (let o = 0; o < outputs; o++) {
          // Output channel c * multiplier + m of a depthwise convolution sees input channel c alone.
          const belongs = layer.kind === 'depthwiseConv2d' ? i * outputs + o === node : o === node;
          if (belongs) found.push(data[((y * width + x) * inputs + i) * outputs + o] as number);
        }
      }
    }
  }
  return found;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const squares = (values: readonly number[]): number => sum(values.map((w) => w * w));

/** What each criterion of the weights says, as its paper writes it, node by node. */
const nodeEquations: Partial<Record<CriterionName, (layer: Layer, node: number) => number>> = {
  l1: (layer, node) => sum(incoming(layer, node).map(Math.abs)),
  l2: (layer, node) => Math.hypot(...incoming(layer, node)),
  linf: (layer, node) => Math.max(...incoming(layer, node).map(Math.abs)),
  fpgm: (layer, node) => {
    const own = incoming(layer, node);
    const others = Array.from({ length: nodeCount(layer) }, (_, other) => incoming(layer, other));
    return sum(others.map((other) => Math.hypot(...other.map((w, i) => w - (own[i] as number)))));
  },
  lamp: (layer, node) => {
    const all = Array.from({ length: nodeCount(layer) }, (_, other) => squares(incoming(layer, other)));
    const own = all[node] as number;
    return own / sum(all.filter((other) => other >= own));
  },
};

const networks = ['dense', 'conv2d', 'depthwiseConv2d', 'batchNorm', 'add', 'concat'] as const;

describe.each(networks)('a random network with %s', (kind) => {
  const network = randomNetwork(900 + networks.indexOf(kind), { include: [kind], extra: 1 });

  test.each(Object.keys(nodeEquations) as CriterionName[])('%s follows its equation', async (criterion) => {
    const { layers } = await scores(network, null, { criterion }).collect();
    expect(layers.map(({ layer }) => layer)).toEqual(hiddenLayers(network).map(({ name }) => name));
    for (const [i, layer] of hiddenLayers(network).entries()) {
      const expected = Array.from({ length: nodeCount(layer) }, (_, node) => nodeEquations[criterion]!(layer, node));
      expectClose(layers[i]!.scores, expected, tolerances.double, `${criterion} of ${layer.name}`);
    }
  });
});

describe('single weights', () => {
  const network = randomNetwork(77, { include: ['dense'] });
  const kernel = (name: string): ArrayLike<number> =>
    (network.layers.find((layer) => layer.name === name) as Layer).weights.kernel!.data;

  test('magnitude is |w|', async () => {
    for (const { layer, shape, scores: found } of (await weightScores(network, null, { criterion: 'magnitude' }))
      .kernels) {
      expect(found.length).toBe(shape.reduce((a, b) => a * b, 1));
      expectClose(found, Array.from(kernel(layer), Math.abs), tolerances.exact);
    }
  });

  test('lamp is w^2 over the sum of the squares that are not smaller; the largest scores 1', async () => {
    for (const { layer, scores: found } of (await weightScores(network, null, { criterion: 'lamp' })).kernels) {
      const all = Array.from(kernel(layer), (w) => w * w);
      const expected = all.map((own) => own / sum(all.filter((other) => other >= own)));
      expectClose(found, expected, tolerances.double);
      expectClose([Math.max(...found)], [1], tolerances.double);
    }
  });
});

describe('the table', () => {
  test.each(criterionNames)('%s says what it is', (name) => {
    const { keep, formula, source, nodes, weights } = { nodes: undefined, weights: undefined, ...criteria[name] };
    expect(['high', 'low']).toContain(keep);
    expect(formula.length).toBeGreaterThan(2);
    expect(source).toMatch(/[A-Z]/);
    expect(nodes ?? weights).toBeTypeOf('function');
  });
});
