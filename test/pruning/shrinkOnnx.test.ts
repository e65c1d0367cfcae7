import { describe, expect, it } from 'vitest';
import { decodeOnnx, encodeOnnx } from '../../src/formats/onnx/onnx.js';
import { type CutPoint, cutPoints, sharedWeights } from '../../src/network/index.js';
import { maskNetwork, type NodesByLayer, shrinkNetwork } from '../../src/pruning/index.js';
import { file, node, type Parts, positive, valueInfo, weight, whole } from '../formats/onnx/handBuilt.js';
import { expectPeerAgrees } from '../formats/onnx/peer.js';
import { withDoubles } from '../support/doubles.js';
import { expectClose, tolerances } from '../support/tolerance.js';
import { outputs, planOf, sizes } from '../support/topology.js';

interface OnnxTopology extends Parts {
  readonly prune: NodesByLayer;
  readonly left: string | Readonly<Record<CutPoint, string>>;
}

const named = (opType: string, inputs: readonly string[], output: string, attributes = {}) =>
  node(opType, inputs, output, attributes, output);
const image = ['N', 2, 6, 5] as const;
const kernel = (name: string, filters: number, channels: number) => weight(name, [filters, channels, 3, 3]);

/** What only ONNX files have: tensors turned and flattened channels first, weights that two nodes share. */
const topologies: Readonly<Record<string, OnnxTopology>> = {
  'images that come channels last and are turned': {
    input: ['N', 6, 5, 2],
    nodes: [
      named('Transpose', ['x'], 't', { perm: [0, 3, 1, 2] }),
      named('Conv', ['t', 'ka', 'ba'], 'a'),
      named('Relu', ['a'], 'r'),
      named('Transpose', ['r'], 'u', { perm: [0, 2, 3, 1] }),
      named('Reshape', ['u', 'to'], 'f'),
      named('MatMul', ['f', 'w'], 'y'),
    ],
    constants: [kernel('ka', 4, 2), weight('ba', [4]), whole('to', [0, -1]), weight('w', [48, 3])],
    prune: { a: [1, 2] },
    left: 'a 2, y 3',
  },
  'a flatten channels first into a dense layer with transposed weights': {
    input: image,
    nodes: [
      named('Conv', ['x', 'ka', 'ba'], 'a', { pads: [1, 1, 1, 1] }),
      named('Sigmoid', ['a'], 's'),
      named('Flatten', ['s'], 'f'),
      named('Gemm', ['f', 'w', 'b'], 'y', { transB: 1 }),
    ],
    constants: [kernel('ka', 3, 2), weight('ba', [3]), weight('w', [4, 90]), weight('b', [4])],
    prune: { a: [0] },
    left: 'a 2, y 4',
  },
  'a layer that is used twice: two layers that lose the same': {
    input: image,
    nodes: [
      named('Conv', ['x', 'kd', 'b'], 'd', { pads: [1, 1, 1, 1] }),
      named('Relu', ['d'], 'q'),
      named('Conv', ['q', 'k', 'b'], 'a', { pads: [1, 1, 1, 1] }),
      named('Relu', ['a'], 'r'),
      named('Conv', ['r', 'k', 'b'], 'c', { pads: [1, 1, 1, 1] }),
      named('Relu', ['c'], 's'),
      named('GlobalAveragePool', ['s'], 'm'),
      named('Flatten', ['m'], 'f'),
      named('Gemm', ['f', 'w'], 'y'),
    ],
    constants: [kernel('kd', 3, 2), kernel('k', 3, 3), weight('b', [3]), weight('w', [3, 2])],
    prune: { c: [1] },
    left: { weights: 'd 2, a 2, c 2, y 2', zero: 'd 2, a 2, c 2, y 2', mean: 'd 3, a 3, c 3, y 2' },
  },
  'factors and terms for each channel around a batch normalisation': {
    input: image,
    nodes: [
      named('Conv', ['x', 'ka'], 'a'),
      named('Mul', ['a', 'by'], 'p'),
      named('Add', ['p', 'plus'], 'q'),
      named('BatchNormalization', ['q', 'scale', 'shift', 'mean', 'variance'], 'n'),
      named('Relu', ['n'], 'r'),
      named('Conv', ['r', 'kb'], 'b'),
      named('GlobalAveragePool', ['b'], 'y'),
    ],
    constants: [
      kernel('ka', 4, 2),
      weight('by', [4, 1, 1]),
      weight('plus', [1, 4, 1, 1]),
      positive('scale', [4]),
      weight('shift', [4]),
      weight('mean', [4]),
      positive('variance', [4]),
      kernel('kb', 2, 4),
    ],
    prune: { a: [0, 3] },
    left: 'a 2, b 2',
  },
  'three branches joined, then added to a fourth': {
    input: image,
    nodes: [
      ...['a', 'b', 'c'].map((name) => named('Conv', ['x', `k${name}`], name)),
      named('Concat', ['a', 'b', 'c'], 'j', { axis: 1 }),
      named('Conv', ['x', 'kd'], 'd'),
      named('Add', ['j', 'd'], 's'),
      named('ReduceMean', ['s'], 'm', { axes: [2, 3], keepdims: 0 }),
      named('Gemm', ['m', 'w'], 'y'),
    ],
    constants: [
      ...['a', 'b', 'c'].map((name) => kernel(`k${name}`, 2, 2)),
      weight('kd', [6, 2, 3, 3], 5),
      weight('w', [6, 3]),
    ],
    prune: { d: [0, 5], b: [1] },
    left: 'a 1, b 1, c 1, d 3, y 3',
  },
  'two filters a channel, as groups, with strides and dilation': {
    input: ['N', 2, 6, 5],
    nodes: [
      named('Conv', ['x', 'ka'], 'a'),
      named('Conv', ['a', 'kd'], 'd', { group: 3, dilations: [1, 2], strides: [2, 1] }),
      named('Clip', ['d', 'low', 'high'], 'r'),
      named('Conv', ['r', 'kb'], 'b'),
      named('GlobalAveragePool', ['b'], 'y'),
    ],
    constants: [
      kernel('ka', 3, 2),
      weight('kd', [6, 1, 2, 2]),
      { ...weight('low', []), rawData: new Uint8Array(4) },
      { ...weight('high', []), rawData: new Uint8Array(Float32Array.of(6).buffer) },
      weight('kb', [2, 6, 1, 1]),
    ],
    prune: { d: [4] },
    left: 'a 2, d 4, b 2',
  },
  'two outputs, one of them in the middle': {
    input: image,
    nodes: [
      named('Conv', ['x', 'ka', 'ba'], 'a'),
      named('Relu', ['a'], 'r'),
      named('Conv', ['r', 'kb'], 'b'),
      named('Sigmoid', ['b'], 's'),
      named('GlobalAveragePool', ['s'], 'm'),
      named('Flatten', ['m'], 'f'),
      named('Gemm', ['f', 'w'], 'y'),
    ],
    constants: [kernel('ka', 4, 2), weight('ba', [4]), kernel('kb', 3, 4), weight('w', [3, 2])],
    graph: { output: ['y', 's'].map((name) => valueInfo(name, ['N'])) },
    prune: { a: [0, 2] },
    left: 'a 2, b 3, y 2',
  },
};

describe.for(Object.entries(topologies))('shrinking what came from ONNX: %s', ([_name, { prune, left, ...parts }]) => {
  it.for(cutPoints)('computes at cut %s what the mask computes, in onnxruntime too', async (cut) => {
    const read = await decodeOnnx(file(parts));
    const network = withDoubles(read);
    expect(sharedWeights(network)).toEqual(sharedWeights(read));
    const plan = planOf(network, prune, cut);
    const shrunk = shrinkNetwork(network, plan).network;
    expectClose(await outputs(shrunk), await outputs(maskNetwork(network, plan)), tolerances.doubleStored);
    expect(sizes(shrunk)).toBe(typeof left === 'string' ? left : left[cut]);
    const stored = shrinkNetwork(read, planOf(read, prune, cut)).network;
    await expectPeerAgrees(stored, encodeOnnx(stored), 7);
  });
});
