import { describe, expect, test } from 'vitest';
import { type Criterion, type CriterionName, criteria, criterionNames, scores } from '../../src/criteria/index.js';
import {
  createNetwork,
  denseNetwork,
  initialize,
  type Layer,
  type LayerSpec,
  type Network,
} from '../../src/network/index.js';
import { tensor } from '../../src/tensor/tensor.js';
import { createRandom } from '../../src/util/random.js';
import { permuted } from '../support/permuted.js';
import { expectClose, largest } from '../support/tolerance.js';

const order = [3, 0, 6, 1, 5, 2, 4];
const random = createRandom(5);
const draw = (length: number) => Float32Array.from({ length }, () => random.normal());
const dataOf = (size: number, count: number) => ({
  x: draw(size * count),
  y: Int32Array.from({ length: count }, () => random.integer(2)),
});

const network = initialize(denseNetwork([5], [7, 4], 3), { seed: 11 });
const data = dataOf(5, 70);

const drawn = (...shape: number[]) => tensor(shape, draw(shape.reduce((a, b) => a * b, 1)));
const conv = (name: string, from: number, filters: number): LayerSpec => ({
  name,
  kind: 'conv2d',
  config: { filters, kernelSize: [3, 3], padding: 'same' },
  weights: { kernel: drawn(3, 3, from, filters), bias: drawn(filters) },
});
const norm = {
  mean: drawn(7),
  variance: tensor(
    [7],
    draw(7).map((value) => 0.5 + value * value),
  ),
  gamma: drawn(7),
  beta: drawn(7),
};
const ofImages = createNetwork({
  layers: [
    { name: 'input', kind: 'input', config: { shape: [5, 5, 2] } },
    conv('a', 2, 7),
    { name: 'norm', kind: 'batchNorm', weights: norm },
    { name: 'relu', kind: 'activation', config: { fn: 'relu' } },
    { name: 'pool', kind: 'maxPool2d' },
    conv('b', 7, 4),
    { name: 'average', kind: 'globalAvgPool2d' },
    { name: 'c', kind: 'dense', config: { units: 3 }, weights: { kernel: drawn(4, 3), bias: drawn(3) } },
  ],
  loss: 'crossentropy',
});

/** Criteria of nodes that do not draw by the number of the node, and have something to say about these layers. */
const fairFor = (own: Network) =>
  criterionNames.filter((name) => {
    const { nodes, takes, suits }: Criterion = criteria[name];
    return nodes && !takes.includes('seed') && (suits?.(own, own.layers[1] as Layer) ?? true);
  });

const cases = [
  ['dense', network, data, { makes: ['dense_1'], reads: 'dense_2' }],
  ['conv2d', ofImages, dataOf(50, 6), { makes: ['a', 'norm'], reads: 'b' }],
] as const;

describe.each(cases)('the order of the nodes: %s', (_kind, own, samples, places) => {
  test.each(fairFor(own))('%s gives a node the same score wherever it stands', async (criterion: CriterionName) => {
    const options = { criterion, engine: 'reference' } as const;
    const before = (await scores(own, samples, options).collect()).layers;
    const after = (await scores(permuted(own, places, order), samples, options).collect()).layers;
    const [first, ...others] = before.map((layer) => layer.scores);
    const moved = order.map((old) => first![old]!);
    const bound = (values: readonly number[]) => ({ relative: 0, absolute: 2 ** -36 * (1 + largest(values)) });
    expectClose(after[0]!.scores, moved, bound(moved), 'the permuted layer');
    for (const [i, scored] of others.entries()) {
      expectClose(after[i + 1]!.scores, scored, bound(scored), 'a layer behind it');
    }
  });
});

test('random follows its seed and nothing else', async () => {
  const draw = async (seed?: number) => {
    const options = { criterion: 'random', ...(seed === undefined ? {} : { seed }) } as const;
    return (await scores(network, null, options).collect()).layers;
  };
  expect(await draw(3)).toEqual(await draw(3));
  expect(await draw(3)).not.toEqual(await draw(4));
  expect(await draw()).toEqual(await draw(0));
});
