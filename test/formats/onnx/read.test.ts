import { describe, expect, test } from 'vitest';
import { decodeOnnx } from '../../../src/formats/onnx/onnx.js';
import { dataTypes } from '../../../src/formats/onnx/proto/messages.js';
import { file, floats, node, type Parts, positive, weight, whole } from './handBuilt.js';
import { expectFileAgrees } from './peer.js';

const image = ['N', 2, 6, 5] as const;
const row = ['N', 7] as const;
const norm = (channels: number) => [
  positive('scale', [channels]),
  weight('shift', [channels]),
  weight('mean', [channels]),
  positive('variance', [channels]),
];
const dense = [weight('w', [60, 4]), weight('b', [4])];

/** Files with features that exporters do write, by what is special about each. */
const files: Readonly<Record<string, Parts>> = {
  'Gemm without a bias': { input: row, nodes: [node('Gemm', ['x', 'w'], 'y')], constants: [weight('w', [7, 3])] },
  'Gemm with transB, alpha and beta': {
    input: row,
    nodes: [node('Gemm', ['x', 'w', 'b'], 'y', { transB: 1, alpha: { f: 0.5 }, beta: { f: 2 } })],
    constants: [weight('w', [3, 7]), weight('b', [1, 3])],
  },
  'Gemm with one bias for all units': {
    input: row,
    nodes: [node('Gemm', ['x', 'w', 'b'], 'y')],
    constants: [weight('w', [7, 3]), weight('b', [1])],
  },
  'MatMul and Add, the constant first': {
    input: row,
    nodes: [node('MatMul', ['x', 'w'], 'm'), node('Add', ['b', 'm'], 'y')],
    constants: [weight('w', [7, 3]), weight('b', [3])],
  },
  'a MatMul that two nodes take': {
    input: row,
    nodes: [node('MatMul', ['x', 'w'], 'm'), node('Add', ['m', 'b'], 'a'), node('Mul', ['a', 'm'], 'y')],
    constants: [weight('w', [7, 3]), weight('b', [3])],
  },
  'a MatMul that two nodes take, one behind an Identity': {
    input: row,
    nodes: [
      node('MatMul', ['x', 'w'], 'm'),
      node('Identity', ['m'], 'i'),
      node('Add', ['i', 'b'], 'a'),
      node('Mul', ['a', 'm'], 'y'),
    ],
    constants: [weight('w', [7, 3]), weight('b', [3])],
  },
  'a MatMul that two nodes take, one behind a Transpose': {
    input: row,
    nodes: [
      node('MatMul', ['x', 'w'], 'm'),
      node('Transpose', ['m'], 't', { perm: [0, 1] }),
      node('Add', ['t', 'b'], 'a'),
      node('Mul', ['a', 'm'], 'y'),
    ],
    constants: [weight('w', [7, 3]), weight('b', [3])],
  },
  'a row to an image of one row, channels last': {
    input: ['N', 12],
    nodes: [
      node('Reshape', ['x', 'to'], 'i'),
      node('Transpose', ['i'], 't', { perm: [0, 3, 1, 2] }),
      node('Conv', ['t', 'k'], 'y'),
    ],
    constants: [whole('to', [0, 1, 4, 3]), weight('k', [2, 3, 1, 2])],
  },
  'scalars and per-channel constants on an image': {
    input: image,
    nodes: [node('Mul', ['x', 'two'], 'a'), node('Add', ['a', 'c'], 'b'), node('Mul', ['c4', 'b'], 'y')],
    constants: [floats('two', [], [2]), weight('c', [2, 1, 1]), weight('c4', [1, 2, 1, 1])],
  },
  'Conv and Add of a bias': {
    input: image,
    nodes: [node('Conv', ['x', 'k'], 'c', {}), node('Add', ['c', 'b'], 'y')],
    constants: [weight('k', [3, 2, 3, 3]), weight('b', [1, 3, 1, 1])],
  },
  'auto_pad SAME_LOWER with an even kernel': {
    input: image,
    nodes: [node('Conv', ['x', 'k'], 'y', { auto_pad: 'SAME_LOWER', strides: [1, 2] })],
    constants: [weight('k', [3, 2, 4, 4])],
  },
  'auto_pad SAME_UPPER with an even kernel': {
    input: image,
    nodes: [node('Conv', ['x', 'k'], 'y', { auto_pad: 'SAME_UPPER', strides: [1, 2] })],
    constants: [weight('k', [3, 2, 4, 2])],
  },
  'auto_pad SAME_UPPER with stride 2 and a window of 1': {
    input: image,
    nodes: [node('Conv', ['x', 'k'], 'y', { auto_pad: 'SAME_UPPER', strides: [2, 2] })],
    constants: [weight('k', [3, 2, 1, 1])],
  },
  'auto_pad VALID': {
    input: image,
    nodes: [node('Conv', ['x', 'k'], 'y', { auto_pad: 'VALID' })],
    constants: [weight('k', [3, 2, 2, 2])],
  },
  'uneven pads and dilations': {
    input: image,
    nodes: [node('Conv', ['x', 'k'], 'y', { pads: [0, 1, 2, 3], dilations: [2, 1], kernel_shape: [2, 3] })],
    constants: [weight('k', [3, 2, 2, 3])],
  },
  'a convolution in two groups': {
    input: ['N', 4, 6, 5],
    nodes: [node('Conv', ['x', 'k', 'b'], 'y', { group: 2 })],
    constants: [weight('k', [6, 2, 3, 3]), weight('b', [6])],
  },
  'a depthwise convolution with two filters a channel': {
    input: ['N', 3, 6, 5],
    nodes: [node('Conv', ['x', 'k'], 'y', { group: 3 })],
    constants: [weight('k', [6, 1, 3, 3])],
  },
  'operator set 13': { input: row, opset: 13, nodes: [node('Softmax', ['x'], 'y')] },
  'operator set 21': {
    input: row,
    opset: 21,
    model: { irVersion: 10 },
    nodes: [node('Gelu', ['x'], 'g'), node('Gelu', ['g'], 'y', { approximate: 'tanh' })],
  },
  'a fixed number of samples': {
    input: [3, 2, 6, 5],
    nodes: [node('Reshape', ['x', 'to'], 'f'), node('Gemm', ['f', 'w', 'b'], 'y')],
    constants: [whole('to', [3, 60]), ...dense],
  },
  'constants as nodes': {
    input: image,
    nodes: [
      node('Constant', [], 'to', { value: whole('', [0, -1]) }),
      node('Constant', [], 'raw', { value: weight('', [60, 4]) }),
      node('Identity', ['raw'], 'w'),
      node('Reshape', ['x', 'to'], 'f'),
      node('MatMul', ['f', 'w'], 'm'),
      node('Constant', [], 'half', { value_float: { f: 0.5 } }),
      node('Mul', ['m', 'half'], 'y'),
    ],
  },
  'Flatten into Gemm': {
    input: image,
    nodes: [node('Flatten', ['x'], 'f'), node('Gemm', ['f', 'w', 'b'], 'y')],
    constants: dense,
  },
  'layers between Flatten and Gemm': {
    input: image,
    nodes: [
      node('Flatten', ['x'], 'f', { axis: -3 }),
      node('BatchNormalization', ['f', 'scale', 'shift', 'mean', 'variance'], 'n'),
      node('Relu', ['n'], 'r'),
      node('Add', ['r', 'each'], 'e'),
      node('Add', ['e', 'f'], 's'),
      node('Dropout', ['s'], 'd'),
      node('Gemm', ['d', 'w', 'b'], 'y'),
    ],
    constants: [...norm(60), weight('each', [60]), ...dense],
  },
  'rows of different order joined': {
    input: image,
    nodes: [
      node('Flatten', ['x'], 'f'),
      node('GlobalAveragePool', ['x'], 'p'),
      node('Flatten', ['p'], 'g'),
      node('Concat', ['f', 'g', 'f'], 'j', { axis: -1 }),
      node('Gemm', ['j', 'w'], 'y'),
    ],
    constants: [weight('w', [122, 3])],
  },
  'a row back to an image': {
    input: image,
    nodes: [node('Flatten', ['x'], 'f'), node('Relu', ['f'], 'r'), node('Reshape', ['r', 'to'], 'y')],
    constants: [whole('to', [0, 2, 6, 5])],
  },
  'a row to an image of one channel': {
    input: ['N', 12],
    nodes: [node('Reshape', ['x', 'to'], 'i'), node('Conv', ['i', 'k'], 'y')],
    constants: [whole('to', [-1, 1, 3, 4]), weight('k', [2, 1, 2, 2])],
  },
  'axes that come and go': {
    input: ['N', 3, 4],
    nodes: [
      node('Unsqueeze', ['x', 'first'], 'i'),
      node('Conv', ['i', 'k'], 'c'),
      node('Squeeze', ['c', 'first'], 'y'),
    ],
    constants: [whole('first', [1]), weight('k', [1, 1, 3, 3])],
    graph: {},
  },
  'global pooling squeezed': {
    input: image,
    nodes: [node('GlobalAveragePool', ['x'], 'p'), node('Squeeze', ['p', 'axes'], 'y')],
    constants: [whole('axes', [-1, 2])],
  },
  'ReduceMean with axes as attribute': {
    input: image,
    opset: 13,
    nodes: [node('ReduceMean', ['x'], 'y', { axes: [-1, -2], keepdims: 0 })],
  },
  'ReduceMean with axes as input': {
    input: image,
    opset: 18,
    nodes: [node('ReduceMean', ['x', 'axes'], 'y')],
    constants: [whole('axes', [2, 3])],
  },
  'images channels last, turned at both edges': {
    input: ['N', 6, 5, 2],
    nodes: [
      node('Transpose', ['x'], 't', { perm: [0, 3, 1, 2] }),
      node('Conv', ['t', 'k'], 'c', { auto_pad: 'SAME_UPPER' }),
      node('Relu', ['c'], 'r'),
      node('Transpose', ['r'], 'u', { perm: [0, 2, 3, 1] }),
      node('Reshape', ['u', 'to'], 'f'),
      node('MatMul', ['f', 'w'], 'y'),
    ],
    constants: [weight('k', [3, 2, 3, 3]), whole('to', [-1, 90]), weight('w', [90, 4])],
  },
  'the mean over images channels last': {
    input: ['N', 6, 5, 2],
    opset: 13,
    nodes: [
      node('Transpose', ['x'], 't', { perm: [0, 3, 1, 2] }),
      node('Relu', ['t'], 'r'),
      node('Transpose', ['r'], 'u', { perm: [0, 2, 3, 1] }),
      node('ReduceMean', ['u'], 'y', { axes: [1, 2], keepdims: 0 }),
    ],
  },
  'Sigmoid and Mul': { input: image, nodes: [node('Sigmoid', ['x'], 's'), node('Mul', ['s', 'x'], 'y')] },
  'HardSigmoid and Mul': {
    input: image,
    nodes: [node('HardSigmoid', ['x'], 's', { alpha: { f: 1 / 6 } }), node('Mul', ['x', 's'], 'y')],
  },
  'a gate that something else takes too': {
    input: image,
    nodes: [node('Sigmoid', ['x'], 's'), node('Mul', ['x', 's'], 'm'), node('Add', ['m', 's'], 'y')],
  },
  'a gate of its own, squeeze and excite': {
    input: image,
    nodes: [
      node('GlobalAveragePool', ['x'], 'p'),
      node('Conv', ['p', 'k'], 'c'),
      node('Sigmoid', ['c'], 's'),
      node('Mul', ['x', 's'], 'y'),
    ],
    constants: [weight('k', [2, 2, 1, 1])],
  },
  'poolings at their defaults': {
    input: image,
    nodes: [
      node('MaxPool', ['x'], 'm', { kernel_shape: [2, 2] }),
      node('AveragePool', ['m'], 'y', { kernel_shape: [3, 2] }),
    ],
  },
  'poolings with padding': {
    input: image,
    nodes: [
      node('MaxPool', ['x'], 'm', { kernel_shape: [3, 3], pads: [1, 0, 1, 2], strides: [2, 1], dilations: [1, 2] }),
      node('AveragePool', ['m'], 'a', { kernel_shape: [2, 2], pads: [1, 1, 0, 1], count_include_pad: 1 }),
      node('AveragePool', ['a'], 'y', { kernel_shape: [2, 2], pads: [0, 1, 1, 0] }),
    ],
  },
  'ceil_mode that changes nothing': {
    input: image,
    nodes: [node('MaxPool', ['x'], 'y', { kernel_shape: [2, 3], strides: [2, 2], ceil_mode: 1 })],
  },
  'ceil_mode that lets windows reach over the edge': {
    input: image,
    nodes: [
      node('MaxPool', ['x'], 'm', { kernel_shape: [3, 2], strides: [2, 2], ceil_mode: 1 }),
      node('AveragePool', ['m'], 'y', { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }),
    ],
  },
  'ceil_mode where the last window would begin behind the edge': {
    input: ['N', 2, 5, 5],
    nodes: [node('MaxPool', ['x'], 'y', { kernel_shape: [2, 2], strides: [3, 3], pads: [0, 0, 1, 1], ceil_mode: 1 })],
  },
  'a flatten by sizes that are computed': {
    input: image,
    nodes: [
      node('Shape', ['x'], 'all'),
      node('Gather', ['all', 'first'], 'count', { axis: 0 }),
      node('Unsqueeze', ['count', 'axes'], 'row'),
      node('Concat', ['row', 'rest'], 'to', { axis: 0 }),
      node('Reshape', ['x', 'to'], 'f'),
      node('Gemm', ['f', 'w', 'b'], 'y'),
    ],
    constants: [{ ...whole('first', [0]), dims: [] }, whole('axes', [0]), whole('rest', [-1]), ...dense],
  },
  'a flatten by a part of the shape': {
    input: image,
    opset: 17,
    nodes: [
      node('Shape', ['x'], 'count', { start: 0, end: 1 }),
      node('Shape', ['x'], 'all'),
      node('Slice', ['all', 'one', 'end', 'axes'], 'sizes'),
      node('Squeeze', ['count', 'axes'], 'single'),
      node('Cast', ['single'], 'cast', { to: 7 }),
      node('Unsqueeze', ['cast', 'axes'], 'row'),
      node('Concat', ['row', 'sizes'], 'same', { axis: 0 }),
      node('Reshape', ['x', 'same'], 's'),
      node('Flatten', ['s'], 'f'),
      node('Gemm', ['f', 'w', 'b'], 'y'),
    ],
    constants: [whole('one', [1]), whole('end', [2 ** 53]), whole('axes', [0]), ...dense],
  },
  'a MatMul whose shape somebody asks for': {
    input: row,
    nodes: [
      node('MatMul', ['x', 'w'], 'm'),
      node('Shape', ['m'], 'all'),
      node('Reshape', ['m', 'all'], 'r'),
      node('Add', ['r', 'b'], 'y'),
    ],
    constants: [weight('w', [7, 3]), weight('b', [3])],
  },
  'Pad with zeros': {
    input: image,
    nodes: [node('Pad', ['x', 'pads', 'zero'], 'y', { mode: 'constant' })],
    constants: [whole('pads', [0, 0, 1, 2, 0, 0, 3, 0]), floats('zero', [], [0])],
  },
  'activations at their defaults': {
    input: row,
    nodes: ['LeakyRelu', 'Elu', 'Selu', 'HardSigmoid', 'HardSwish', 'Softplus', 'Tanh'].map((op, i, all) =>
      node(op, [i === 0 ? 'x' : `v${i}`], i === all.length - 1 ? 'y' : `v${i + 1}`),
    ),
  },
  'Clip to [0, 6]': {
    input: row,
    nodes: [node('Clip', ['x', 'low', 'high'], 'y')],
    constants: [floats('low', [], [0]), floats('high', [], [6])],
  },
  'Softmax over channels': { input: image, nodes: [node('Softmax', ['x'], 'y', { axis: 1 })] },
  'a sum of three': {
    input: image,
    nodes: [node('Relu', ['x'], 'r'), node('Tanh', ['x'], 't'), node('Sum', ['x', 'r', 't'], 'y')],
  },
  'nodes that nothing needs': { input: row, nodes: [node('Exp', ['x'], 'dead'), node('Relu', ['x'], 'y')] },
  'weights in a typed list': {
    input: row,
    nodes: [node('MatMul', ['x', 'w'], 'y')],
    constants: [
      { name: 'w', dims: [7, 1], dataType: dataTypes.float32, floatData: weight('', [7]).rawData ?? new Uint8Array() },
    ],
  },
};

describe('decodeOnnx agrees with onnxruntime on', () => {
  test.each(Object.keys(files))('%s', async (title) => {
    await expectFileAgrees(file(files[title] as Parts), (files[title] as Parts).input);
  });
});

const layersOf = async (parts: Parts) => (await decodeOnnx(file(parts))).layers;
const kindsOf = async (parts: Parts) => (await layersOf(parts)).map(({ kind }) => kind);
const named = (title: string): Parts => files[title] as Parts;

describe('decodeOnnx', () => {
  test('takes the bias of a MatMul from the Add behind it, and the name from the MatMul', async () => {
    const nodes = [node('MatMul', ['x', 'w'], 'm', {}, 'fc'), node('Add', ['m', 'b'], 'y', {}, 'plus')];
    const constants = [weight('w', [7, 3]), floats('b', [3], [1, 2, 3])];
    const [, fc, ...more] = await layersOf({ input: row, nodes, constants });
    expect(more).toEqual([]);
    expect(fc).toMatchObject({ name: 'fc', kind: 'dense', config: { units: 3 } });
    expect([...(fc?.weights.bias?.data ?? [])]).toEqual([1, 2, 3]);
  });

  test('names layers after their nodes, or their outputs, each once', async () => {
    const nodes = [
      node('Relu', ['x'], 'a', {}, 'act'),
      node('Relu', ['a'], 'b', {}, 'act'),
      node('Relu', ['b'], 'act'),
      node('Relu', ['act'], 'y', {}, 'x'),
    ];
    const names = (await layersOf({ input: row, nodes })).map(({ name }) => name);
    expect(names).toEqual(['x', 'act', 'act_2', 'act_3', 'x_2']);
  });

  test('finds swish and hardSwish in their products, and leaves other gates alone', async () => {
    const functions = async (title: string) =>
      (await layersOf(named(title))).map((layer) => (layer.kind === 'activation' ? layer.config.fn : layer.kind));
    expect(await functions('Sigmoid and Mul')).toEqual(['input', 'swish']);
    expect(await functions('HardSigmoid and Mul')).toEqual(['input', 'hardSwish']);
    expect(await functions('a gate that something else takes too')).toEqual(['input', 'sigmoid', 'multiply', 'add']);
  });

  test('spends no layer on turning images', async () => {
    const parts = named('images channels last, turned at both edges');
    expect(await kindsOf(parts)).toEqual(['input', 'conv2d', 'activation', 'flatten', 'dense']);
    expect((await decodeOnnx(file(parts))).inputLayout).toBe('nhwc');
  });

  test('ends with the softmax, not with an Identity that names the output', async () => {
    const parts = { input: row, nodes: [node('Softmax', ['x'], 's'), node('Identity', ['s'], 'y')] };
    const network = await decodeOnnx(file(parts));
    expect(network.layers[network.output]).toMatchObject({ kind: 'activation', config: { fn: 'softmax' } });
    await expectFileAgrees(file(parts), row);
  });

  test('tells depthwise from grouped convolutions', async () => {
    expect(await kindsOf(named('a convolution in two groups'))).toEqual(['input', 'conv2d']);
    expect(await kindsOf(named('a depthwise convolution with two filters a channel'))).toEqual([
      'input',
      'depthwiseConv2d',
    ]);
  });

  test('reads float attributes as the decimals that they were written as', async () => {
    const [, layer] = await layersOf({ input: row, nodes: [node('LeakyRelu', ['x'], 'y', { alpha: { f: 0.1 } })] });
    expect(layer?.config).toEqual({ fn: 'leakyRelu', alpha: 0.1 });
  });

  const encodings = {
    float64: new Float64Array([1.5, -2, 0.1]),
    float16: new Uint16Array([0x3e00, 0xc000, 0x0001]),
  } as const;
  const decoded = { float64: [1.5, -2, Math.fround(0.1)], float16: [1.5, -2, 2 ** -24] } as const;
  test.each(['float64', 'float16'] as const)('reads %s weights as float32', async (type) => {
    const rawData = new Uint8Array(encodings[type].buffer);
    const w = { name: 'w', dims: [1, 3], dataType: dataTypes[type], rawData };
    const [, layer] = await layersOf({ input: ['N', 1], nodes: [node('MatMul', ['x', 'w'], 'y')], constants: [w] });
    expect([...(layer?.weights.kernel?.data ?? [])]).toEqual(decoded[type]);
  });
});
