import { describe, expect, test } from 'vitest';
import { layerForwards } from '../../src/engine/reference/layers/index.js';
import type { LayerForward, Values } from '../../src/engine/reference/values.js';
import {
  type ChannelGroup,
  channelGroups,
  channelsOf,
  groupWeights,
  initialize,
  type Layer,
  type LayerKind,
  type LayerSpec,
  layerKinds,
  type Network,
  nodeCount,
} from '../../src/network/index.js';
import { sizeOf, type Tensor, tensor } from '../../src/tensor/tensor.js';
import { createRandom } from '../../src/util/random.js';
import { randomNetwork } from '../support/randomNetwork.js';

const build = (...layers: LayerSpec[]): Network => initialize({ layers }, { seed: 1 });
const input = (...shape: number[]): LayerSpec => ({ name: 'input', kind: 'input', config: { shape } });
const dense = (name: string, units: number, from?: string): LayerSpec => ({
  name,
  kind: 'dense',
  config: { units },
  ...(from === undefined ? {} : { inputs: [from] }),
});
const conv = (name: string, filters: number, from?: string, groups = 1): LayerSpec => ({
  name,
  kind: 'conv2d',
  config: { filters, groups, kernelSize: [3, 3], padding: 'same' },
  ...(from === undefined ? {} : { inputs: [from] }),
});

/** The group of a node as text: `conv 1, norm 1`; behind a bar why it stays. */
function told(network: Network, name: string, channel: number): string {
  const layer = network.layers.find((candidate) => candidate.name === name) as Layer;
  const { members, stays } = channelGroups(network).of(layer.id, channel);
  const list = members.map(({ layer: id, channels }) => `${network.layers[id]?.name} ${channels}`).join(', ');
  return stays === null ? list : `${list} | ${stays}`;
}

/** The parts of weights that go with a node: `conv.kernel[3] 1`. */
function weightsOf(network: Network, name: string, channel: number): string[] {
  const layer = network.layers.find((candidate) => candidate.name === name) as Layer;
  return groupWeights(network, channelGroups(network).of(layer.id, channel)).map(
    ({ layer: id, weight, axis, indices }) => `${network.layers[id]?.name}.${weight}[${axis}] ${indices}`,
  );
}

describe('channelGroups', () => {
  test('a unit goes with what dresses it, and takes its row of the next layer with it', () => {
    const network = build(
      input(3),
      dense('a', 4),
      { name: 'norm', kind: 'batchNorm' },
      { name: 'relu', kind: 'activation', config: { fn: 'relu' } },
      { name: 'drop', kind: 'dropout' },
      dense('b', 2),
    );
    expect(told(network, 'a', 2)).toBe('a 2, norm 2, relu 2, drop 2');
    expect(weightsOf(network, 'a', 2)).toEqual([
      'a.kernel[1] 2',
      'a.bias[0] 2',
      'norm.gamma[0] 2',
      'norm.beta[0] 2',
      'norm.mean[0] 2',
      'norm.variance[0] 2',
      'b.kernel[0] 2',
    ]);
  });

  test('a filter in front of a flatten takes a row of each pixel', () => {
    const network = build(
      input(2, 2, 1),
      conv('c', 3),
      { name: 'pool', kind: 'maxPool2d', config: { kernelSize: [1, 2], strides: [1, 2] } },
      { name: 'flat', kind: 'flatten' },
      dense('d', 2),
    );
    expect(told(network, 'c', 1)).toBe('c 1, pool 1, flat 1,4');
    expect(weightsOf(network, 'c', 1)).toEqual(['c.kernel[3] 1', 'c.bias[0] 1', 'd.kernel[0] 1,4']);
  });

  test('both sides of a sum or a product go together, and so do all sums along a trunk', () => {
    const network = build(
      input(4, 4, 2),
      conv('stem', 3),
      conv('one', 3),
      { name: 'sum', kind: 'add', inputs: ['stem', 'one'] },
      conv('two', 3),
      { name: 'gate', kind: 'multiply', inputs: ['sum', 'two'] },
      { name: 'pool', kind: 'globalAvgPool2d' },
      dense('d', 2),
    );
    expect(told(network, 'one', 0)).toBe('stem 0, one 0, sum 0, two 0, gate 0, pool 0');
    expect(weightsOf(network, 'stem', 0).filter((text) => text.includes('kernel'))).toEqual([
      'stem.kernel[3] 0',
      'one.kernel[2] 0',
      'one.kernel[3] 0',
      'two.kernel[2] 0',
      'two.kernel[3] 0',
      'd.kernel[0] 0',
    ]);
  });

  test('a concat puts channels side by side; along another axis they go together', () => {
    const beside = build(
      input(4, 4, 1),
      conv('a', 2),
      conv('b', 3, 'input'),
      {
        name: 'join',
        kind: 'concat',
        inputs: ['b', 'a'],
      },
      conv('c', 1),
    );
    expect(told(beside, 'a', 1)).toBe('a 1, join 4');
    expect(told(beside, 'b', 1)).toBe('b 1, join 1');
    expect(weightsOf(beside, 'a', 1).at(-1)).toBe('c.kernel[2] 4');
    const above = build(
      input(4, 4, 1),
      conv('a', 2),
      conv('b', 2, 'input'),
      {
        name: 'join',
        kind: 'concat',
        inputs: ['b', 'a'],
        config: { axis: 0 },
      },
      conv('c', 1),
    );
    expect(told(above, 'a', 1)).toBe('a 1, b 1, join 1');
  });

  test('a depthwise convolution follows its channels; blocks of a grouped convolution go as a whole', () => {
    const depthwise = build(
      input(4, 4, 1),
      conv('a', 3),
      { name: 'deep', kind: 'depthwiseConv2d', config: { kernelSize: [2, 2], depthMultiplier: 2 } },
      conv('b', 1),
    );
    expect(told(depthwise, 'deep', 3)).toBe('a 1, deep 2,3');
    expect(weightsOf(depthwise, 'a', 1)).toEqual([
      'a.kernel[3] 1',
      'a.bias[0] 1',
      'deep.kernel[2] 1',
      'deep.bias[0] 2,3',
      'b.kernel[2] 2,3',
    ]);
    const grouped = build(input(4, 4, 1), conv('a', 4), conv('b', 6, 'a', 2), conv('c', 1));
    expect(told(grouped, 'a', 3)).toBe('a 2,3, b 3,4,5');
    expect(weightsOf(grouped, 'a', 3)).toEqual([
      'a.kernel[3] 2,3',
      'a.bias[0] 2,3',
      'b.kernel[3] 3,4,5',
      'b.bias[0] 3,4,5',
      'c.kernel[2] 3,4,5',
    ]);
  });

  test('a reshape ties what ends up in one channel', () => {
    const network = build(
      input(2, 2, 1),
      conv('a', 4),
      { name: 'wide', kind: 'reshape', config: { shape: [2, 4, 2] } },
      conv('b', 1),
    );
    expect(told(network, 'a', 3)).toBe('a 1,3, wide 1');
  });

  test('says what stays, and why', () => {
    const network = build(
      input(4, 4, 3),
      { name: 'norm', kind: 'batchNorm' },
      conv('a', 1),
      conv('b', 4, 'norm'),
      { name: 'wide', kind: 'add', inputs: ['b', 'a'] },
      { name: 'flat', kind: 'globalAvgPool2d' },
      dense('hidden', 5),
      { name: 'soft', kind: 'activation', config: { fn: 'softmax' } },
      dense('logits', 2),
      { name: 'out', kind: 'activation', config: { fn: 'softmax' } },
    );
    expect(told(network, 'norm', 1)).toBe('input 1, norm 1 | it is part of the input');
    expect(told(network, 'a', 0)).toBe('a 0 | layer "wide" needs it');
    expect(told(network, 'b', 1)).toBe('b 1, wide 1, flat 1');
    expect(told(network, 'hidden', 1)).toBe('hidden 1, soft 1 | layer "soft" needs it');
    expect(told(network, 'logits', 0)).toBe('logits 0, out 0 | layer "out" needs it');
    const narrow = build(input(2), dense('one', 1), dense('d', 2));
    expect(told(narrow, 'one', 0)).toBe('one 0 | nothing would be left of layer "one"');
    expect(told(narrow, 'd', 0)).toBe('d 0 | it is part of the output');
  });

  test('of(layer, channel) wants a channel that is there', () => {
    const groups = channelGroups(build(input(2), dense('a', 3)));
    expect(() => groups.of(1 as Layer['id'], 3)).toThrow(RangeError);
  });
});

/** All outputs of one sample, with every channel of a group replaced by what `fill` gives. */
function passWithout(network: Network, { members }: ChannelGroup, fill: () => number): Float64Array[] {
  const random = createRandom(7);
  const gone = new Map(members.map(({ layer, channels }) => [layer, new Set(channels)]));
  const outputs: Float64Array[] = [];
  for (const layer of network.layers) {
    const inputs = layer.inputs.map((id) => ({ shape: network.layers[id]?.outputShape ?? [], data: outputs[id] }));
    const sample = Float64Array.from({ length: sizeOf(layer.outputShape) }, () => random.normal());
    const given = (inputs.length > 0 ? inputs : [{ shape: layer.outputShape, data: sample }]) as [Values, ...Values[]];
    const output = (layerForwards[layer.kind] as LayerForward<LayerKind>)(layer, ...given);
    const channels = channelsOf(layer.outputShape);
    outputs.push(output.map((value, i) => (gone.get(layer.id)?.has(i % channels) ? fill() : value)));
  }
  return outputs;
}

/** The network with every part of a weight that goes with a group set to 0. */
function withoutWeights(network: Network, group: ChannelGroup): Network {
  const layers = network.layers.map((layer) => ({ ...layer, weights: { ...layer.weights } })) as Layer[];
  for (const { layer, weight, axis, indices } of groupWeights(network, group)) {
    const weights = layers[layer]?.weights as Record<string, Tensor>;
    const { shape, data } = weights[weight] as Tensor;
    const inner = sizeOf(shape.slice(axis + 1));
    const kept = data.map((value, i) =>
      indices.includes(Math.floor(i / inner) % (shape[axis] as number)) ? 0 : value,
    );
    weights[weight] = tensor(shape, kept);
  }
  return { ...network, layers };
}

const cases = layerKinds.flatMap((kind, row) => [0, 1, 2].map((i) => [kind, 300 + 3 * row + i] as const));

describe.each(cases)('%s, seed %i', (kind, seed) => {
  const network = randomNetwork(seed, { include: [kind], extra: 1 });
  const groups = channelGroups(network);

  test('every channel of every layer is in exactly one group', () => {
    const found = groups.all.flatMap(({ members }) =>
      members.flatMap(({ layer, channels }) => channels.map((channel) => `${layer}:${channel}`)),
    );
    const all = network.layers.flatMap(({ id, outputShape }) =>
      Array.from({ length: channelsOf(outputShape) }, (_, channel) => `${id}:${channel}`),
    );
    expect(found.sort()).toEqual(all.sort());
  });

  test('without its weights nothing that a group holds reaches what is left', () => {
    const removable = groups.all.filter(({ stays }) => stays === null);
    const random = createRandom(seed);
    for (const group of removable.slice(0, 20)) {
      const left = withoutWeights(network, group);
      const gone = new Map(group.members.map(({ layer, channels }) => [layer as number, new Set(channels)]));
      const [quiet, loud] = [passWithout(left, group, () => 0), passWithout(left, group, () => random.normal())];
      for (const [id, output] of quiet.entries()) {
        const channels = channelsOf(network.layers[id]?.outputShape ?? []);
        const kept = (values: Float64Array | undefined) => values?.filter((_, i) => !gone.get(id)?.has(i % channels));
        expect(kept(loud[id])).toEqual(kept(output));
      }
    }
  });

  test('a node goes with the weights that make it', () => {
    for (const layer of network.layers.filter((candidate) => nodeCount(candidate) > 0)) {
      const slices = groupWeights(network, groups.of(layer.id, 0));
      expect(slices.some((slice) => slice.layer === layer.id && slice.role === 'factor')).toBe(true);
    }
  });
});
