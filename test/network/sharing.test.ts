import { expect, test } from 'vitest';
import {
  channelGroups,
  createNetwork,
  firstOwners,
  keepShared,
  type LayerSpec,
  ownWeights,
  sharedWeights,
  summarize,
  withWeights,
} from '../../src/network/index.js';
import { tensor } from '../../src/tensor/tensor.js';

const numbers = Float32Array.of(1, 2, 3, 4);
const kernel = tensor([2, 2], numbers);
const bias = (...values: number[]) => tensor([2], Float32Array.from(values));
const dense = (name: string, weights: object): LayerSpec =>
  ({ name, kind: 'dense', config: { units: 2 }, weights }) as LayerSpec;
const network = createNetwork({
  layers: [
    { name: 'in', kind: 'input', config: { shape: [2] } },
    dense('a', { kernel, bias: bias(1, 2) }),
    dense('copy', { kernel: tensor([2, 2], numbers.slice()) }),
    dense('b', { kernel: tensor([2, 2], numbers), bias: bias(1, 2) }),
    dense('c', { kernel }),
  ],
});
const specs = network.layers.map(({ name, weights }) => ({ name, weights }));

test('layers share weights whose numbers are one array, not equal ones', () => {
  expect(sharedWeights(network)).toEqual([{ weight: 'kernel', layers: ['a', 'b', 'c'] }]);
  const owner = firstOwners(network);
  expect([owner('c', 'kernel'), owner('b', 'bias'), owner('copy', 'kernel')]).toEqual(['a', 'b', 'copy']);
});

test('one array for weights of other names, shapes or kinds is not shared', () => {
  const two = Float32Array.of(1, 2);
  const layers: LayerSpec[] = [
    { name: 'in', kind: 'input', config: { shape: [2] } },
    { name: 'n', kind: 'batchNorm', weights: { mean: tensor([2], two), variance: tensor([2], two) } },
    dense('d', { kernel: tensor([2, 2], numbers), bias: tensor([2], two) }),
    { name: 'e', kind: 'dense', config: { units: 1 }, weights: { kernel: tensor([2, 1], two) } },
  ];
  expect(sharedWeights(createNetwork({ layers }))).toEqual([]);
});

test('what is shared counts once in a network, and in each of its layers', () => {
  const { layers, parameters, macs } = summarize(network);
  expect(layers.map((layer) => layer.parameters)).toEqual([0, 6, 4, 6, 4]);
  expect([parameters, macs]).toEqual([6 + 4 + 2, 4 * 4]);
  expect(ownWeights(network).map(({ layer, name }) => `${layer.name} ${name}`)).toEqual([
    'a kernel',
    'a bias',
    'copy kernel',
    'b bias',
  ]);
});

test('weights that were shared are one again where they are equal bit for bit', () => {
  const at = (name: string) => network.layers.find((layer) => layer.name === name)!;
  const changed = tensor([2, 2], Float32Array.of(1, 2, 3, 5));
  const equal = (): typeof kernel => tensor([2, 2], changed.data.slice());
  const replaced = new Map([
    [at('a').id, { ...at('a').weights, kernel: changed }],
    [at('b').id, { ...at('b').weights, kernel: tensor([2, 2], Float32Array.of(-0, 2, 3, 5)) }],
    [at('c').id, { kernel: equal() }],
  ]);
  expect(sharedWeights(withWeights(network, replaced))).toEqual([{ weight: 'kernel', layers: ['a', 'c'] }]);
  const shared = [{ weight: 'bias', layers: ['a', 'b', 'nowhere'] }];
  const kept = keepShared(specs, shared);
  expect(kept[3]!.weights.bias).toBe(kept[1]!.weights.bias);
  expect(kept[2]).toBe(specs[2]);
});

test('channels go from all layers that share a weight, on both of its sides', () => {
  const layers = ['a', 'b', 'c'].map((name) => network.layers.find((layer) => layer.name === name)!.id);
  const groups = channelGroups(network);
  const [first, ...others] = layers.map((id) => groups.of(id, 1));
  for (const other of others) expect(other).toBe(first);
  expect(groups.of(layers[0]!, 0)).not.toBe(first);
  expect(first!.stays).toBe('it is part of the input');
});
