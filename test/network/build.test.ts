import { describe, expect, test } from 'vitest';
import { createNetwork, type LayerId, type LayerSpec, layerAt, type NetworkSpec } from '../../src/network/index.js';
import { type Shape, sizeOf, type Tensor, tensor } from '../../src/tensor/tensor.js';
import { SecateurError } from '../../src/util/errors.js';

const zeros = (shape: Shape): Tensor => tensor(shape, new Float32Array(sizeOf(shape)));
const input = (...shape: number[]): LayerSpec => ({ name: 'in', kind: 'input', config: { shape } });
const dense = (name: string, from: number, units: number, inputs?: readonly string[]): LayerSpec => ({
  name,
  kind: 'dense',
  config: { units },
  weights: { kernel: zeros([from, units]) },
  ...(inputs ? { inputs } : {}),
});
const add = (name: string, ...inputs: string[]): LayerSpec => ({ name, kind: 'add', inputs });

function refusal(spec: NetworkSpec): Pick<SecateurError, 'code' | 'message' | 'hint'> {
  try {
    createNetwork(spec);
  } catch (error) {
    if (error instanceof SecateurError) return { code: error.code, message: error.message, hint: error.hint };
    throw error;
  }
  throw new Error('the network was accepted');
}

const refuses = (what: string, layers: readonly LayerSpec[], message: string, hint?: string): void => {
  test(`createNetwork refuses ${what}`, () => {
    expect(refusal({ layers })).toEqual({ code: 'ERR_SHAPE', message, hint });
  });
};

test('createNetwork refuses layers of more than a gigabyte a sample, at once', () => {
  const huge = { ...input(2 ** 28, 2), name: 'huge' };
  expect(refusal({ layers: [huge] })).toMatchObject({
    code: 'ERR_LIMIT',
    message: 'layer "huge" (input): 536870912 numbers a sample are more than 2^28',
  });
});

describe('the graph', () => {
  refuses('no layers', [], 'a network needs at least an input and one more layer');
  refuses('a layer without a name', [{ ...input(2), name: '' }], 'a layer\'s name must be text, not ""');
  refuses('no layer at all', [input(2), null as never], 'a layer must have a name and a kind, which null has not');
  refuses(
    'inputs that are no list',
    [input(2), { ...dense('a', 2, 2), inputs: 'input' as never }],
    'layer "a": its inputs must be names of layers, not "input"',
  );
  refuses(
    'weights that are no tensors by name',
    [input(2), { ...dense('a', 2, 2), weights: null as never }],
    'layer "a" (dense): its weights must be tensors by name, not null',
  );
  refuses(
    'numbers for a tensor',
    [input(2), { ...dense('a', 2, 2), weights: { kernel: new Float32Array(4) as never } }],
    'layer "a" (dense): weight "kernel": expected a tensor, { shape, data }, but received a Float32Array of 4',
  );
  refuses(
    'a name given twice',
    [input(2), dense('a', 2, 2), dense('a', 2, 2)],
    'two layers are called "a"',
    'give every layer its own name',
  );
  refuses(
    'an input that is not there',
    [input(2), add('sum', 'in', 'a')],
    'layer "sum": its input "a" is not in the network',
  );
  refuses(
    'no input layer',
    [dense('a', 2, 2, ['b']), dense('b', 2, 2, ['a'])],
    'layer "a" is on a cycle: it needs its own output',
  );
  refuses(
    'two input layers',
    [input(2), { ...input(2), name: 'other' }, add('sum', 'in', 'other')],
    'expected one input layer but the network has 2',
  );
  refuses(
    'a cycle',
    [input(2), add('a', 'in', 'b'), dense('b', 2, 2, ['a'])],
    'layer "a" is on a cycle: it needs its own output',
  );
  refuses(
    'a layer that takes itself',
    [input(2), add('a', 'in', 'a')],
    'layer "a" is on a cycle: it needs its own output',
  );
  refuses('too few inputs', [input(2), add('a', 'in')], 'layer "a" (add): expected two or more inputs but it has 1');
  refuses(
    'too many inputs',
    [input(2), dense('a', 2, 2, ['in', 'in'])],
    'layer "a" (dense): expected 1 input but it has 2',
  );
  refuses(
    'a first layer without input',
    [dense('a', 2, 2), input(2)],
    'layer "a" (dense): expected 1 input but it has 0',
  );
  refuses(
    'an input layer with inputs',
    [input(2), dense('a', 2, 2), { ...input(2), name: 'b', inputs: ['a'] }],
    'layer "b" (input): expected 0 inputs but it has 1',
  );
  refuses(
    'two ends',
    [input(2), dense('a', 2, 2), dense('b', 2, 2, ['in'])],
    'expected one output but "a", "b" are taken by no layer',
    'name the outputs, or drop the dead ends',
  );

  test('createNetwork refuses an unknown kind and lists the kinds', () => {
    const error = refusal({ layers: [input(2), { name: 'a', kind: 'toString' } as unknown as LayerSpec] });
    expect(error.message).toBe('layer "a": unknown kind "toString"');
    expect(error.hint).toMatch(/^kinds: input, dense, conv2d, /);
  });

  test('createNetwork refuses an output that is not there', () => {
    expect(refusal({ layers: [input(2)], output: 'x' }).message).toBe('the output layer "x" is not in the network');
  });

  test('createNetwork takes a named output and keeps what lies behind it', () => {
    const network = createNetwork({ layers: [input(2), dense('a', 2, 3), dense('b', 3, 4)], output: 'a' });
    expect(layerAt(network, network.output).name).toBe('a');
    expect(network.layers.length).toBe(3);
  });

  test('createNetwork puts layers behind their inputs and otherwise keeps the given order', () => {
    const layers = [
      dense('c', 2, 2, ['b']),
      add('sum', 'c', 'a'),
      input(2),
      dense('b', 2, 2, ['in']),
      dense('a', 2, 2, ['in']),
    ];
    const network = createNetwork({ layers });
    expect(network.layers.map(({ name }) => name)).toEqual(['in', 'b', 'c', 'a', 'sum']);
    expect(network.layers.map(({ inputs }) => inputs)).toEqual([[], [0], [1], [0], [2, 3]]);
    expect(network.layers.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4]);
  });

  test('createNetwork fills in what a description leaves out', () => {
    const network = createNetwork({ layers: [input(4, 4, 1), { name: 'pool', kind: 'maxPool2d' }] });
    expect(network).toMatchObject({ name: 'network', loss: null, inputLayout: 'nhwc', input: 0, output: 1 });
    expect(network.layers[1]?.config).toEqual({
      kernelSize: [2, 2],
      strides: [2, 2],
      padding: 'valid',
      dilation: [1, 1],
    });
  });

  test('createNetwork freezes the network, its layers, shapes, inputs, settings and weights', () => {
    const network = createNetwork({ layers: [input(2), dense('a', 2, 3)] });
    const layer = layerAt(network, network.output);
    const parts = [
      network,
      network.layers,
      layer,
      layer.config,
      layer.inputs,
      layer.outputShape,
      layer.weights,
      layer.weights.kernel,
    ];
    expect(parts.map(Object.isFrozen)).toEqual(parts.map(() => true));
  });

  test('layerAt(network, id) throws for an id that is not there', () => {
    expect(() => layerAt(createNetwork({ layers: [input(2)] }), 7 as LayerId)).toThrow(RangeError);
  });
});

describe('weights', () => {
  const withWeights = (weights: Readonly<Record<string, Tensor>>): LayerSpec[] => [
    input(2),
    { name: 'a', kind: 'dense', config: { units: 3 }, weights },
  ];

  refuses('a missing weight', withWeights({}), 'layer "a" (dense): its weight "kernel" [2,3] is missing');
  refuses(
    'a weight of another shape',
    withWeights({ kernel: zeros([3, 2]) }),
    'layer "a" (dense): weight "kernel": expected shape [2,3] but received [3,2]',
  );
  refuses(
    'a weight that the kind does not have',
    withWeights({ kernel: zeros([2, 3]), scale: zeros([1]) }),
    'layer "a" (dense): it has no weight "scale"',
    'its weights: kernel, bias',
  );
  refuses(
    'a weight of a kind without weights',
    [input(2), { name: 'a', kind: 'flatten', weights: { kernel: zeros([1]) } }],
    'layer "a" (flatten): it has no weight "kernel"',
    'its weights: none',
  );
  refuses(
    'a weight that is no array of floats or doubles',
    withWeights({ kernel: { shape: [2, 3], data: new Int32Array(6) as unknown as Float32Array } }),
    'layer "a" (dense): weight "kernel": expected a Float32Array or Float64Array but received a Int32Array of 6',
  );
  refuses(
    'a weight with too few numbers',
    withWeights({ kernel: { shape: [2, 3], data: new Float32Array(5) } }),
    'layer "a" (dense): weight "kernel": shape [2,3] wants 6 numbers but 5 were given',
  );

  test.each([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ])('createNetwork refuses the weight %d', (broken) => {
    const kernel = tensor([2, 3], Float32Array.of(0, 1, 2, broken, 4, 5));
    expect(refusal({ layers: withWeights({ kernel }) })).toEqual({
      code: 'ERR_DATA',
      message: `layer "a" (dense): weight "kernel": ${broken} at index 3; weights must be finite`,
      hint: expect.stringContaining('diverged'),
    });
  });

  test('createNetwork takes weights over without a copy and leaves optional ones out', () => {
    const kernel = zeros([2, 3]);
    const network = createNetwork({ layers: withWeights({ kernel }) });
    const { weights } = layerAt(network, network.output);
    expect(weights.kernel?.data).toBe(kernel.data);
    expect(Object.keys(weights)).toEqual(['kernel']);
  });
});

describe('settings', () => {
  const image = input(6, 5, 4);
  const conv = (config: object): LayerSpec[] => [
    image,
    { name: 'a', kind: 'conv2d', config: { filters: 4, kernelSize: [3, 3], ...config } } as LayerSpec,
  ];
  const layer = (kind: string, config: object = {}): LayerSpec[] => [image, { name: 'a', kind, config } as LayerSpec];
  const flat = (kind: string, config: object = {}): LayerSpec[] => [input(6), { name: 'a', kind, config } as LayerSpec];

  refuses('units of 0', flat('dense', { units: 0 }), 'layer "a" (dense): units must be a positive integer, not 0');
  refuses('filters of 1.5', conv({ filters: 1.5 }), 'layer "a" (conv2d): filters must be a positive integer, not 1.5');
  refuses(
    'groups that do not divide the filters',
    conv({ groups: 3 }),
    'layer "a" (conv2d): groups must be a positive divisor of the 4 filters, not 3',
  );
  refuses(
    'groups that do not divide the channels',
    [input(6, 5, 3), ...conv({ groups: 2 }).slice(1)],
    'layer "a" (conv2d): expected channels in 2 equal groups but its input has shape [6,5,3]',
  );
  refuses(
    'a kernel size that is no pair',
    conv({ kernelSize: [3] }),
    'layer "a" (conv2d): kernelSize must be two positive integers [height, width], not [3]',
  );
  refuses(
    'a stride of 0',
    conv({ strides: [1, 0] }),
    'layer "a" (conv2d): strides must be two positive integers [height, width], not [1,0]',
  );
  refuses(
    'a negative dilation',
    conv({ dilation: [-1, 1] }),
    'layer "a" (conv2d): dilation must be two positive integers [height, width], not [-1,1]',
  );
  refuses(
    'an unknown padding',
    conv({ padding: 'full' }),
    'layer "a" (conv2d): padding must be \'same\', \'valid\' or [[top, bottom], [left, right]], not "full"',
  );
  refuses(
    'a negative padding',
    conv({
      padding: [
        [0, -1],
        [0, 0],
      ],
    }),
    "layer \"a\" (conv2d): padding must be 'same', 'valid' or [[top, bottom], [left, right]], not [[0,-1],[0,0]]",
  );
  refuses(
    'a padding of three and one',
    conv({ padding: [[0, 1, 1], [0]] }),
    "layer \"a\" (conv2d): padding must be 'same', 'valid' or [[top, bottom], [left, right]], not [[0,1,1],[0]]",
  );
  refuses(
    'zeros of no number',
    layer('zeroPad2d'),
    "layer \"a\" (zeroPad2d): padding must be 'same', 'valid' or [[top, bottom], [left, right]], not undefined",
  );
  refuses(
    'a window larger than the image',
    conv({ kernelSize: [3, 4], dilation: [1, 2] }),
    'layer "a" (conv2d): expected an image at least as large as its window of 7 but its input has shape [6,5,4]',
  );
  for (const kind of ['maxPool2d', 'avgPool2d']) {
    refuses(
      `a ${kind} with a window in the padding alone`,
      layer(kind, {
        padding: [
          [0, 0],
          [2, 0],
        ],
      }),
      `layer "a" (${kind}): a window lies in the padding alone, over an image of [6,5,4]`,
      'pad less',
    );
    refuses(
      `a ${kind} whose dilated window steps over a small image`,
      [input(2, 2, 1), ...layer(kind, { strides: [1, 1], dilation: [3, 3], padding: 'same' }).slice(1)],
      `layer "a" (${kind}): a window lies in the padding alone, over an image of [2,2,1]`,
      'pad less',
    );
  }
  refuses(
    'a convolution of a flat input',
    [input(6), ...conv({}).slice(1)],
    'layer "a" (conv2d): expected an image [height, width, channels] but its input has shape [6]',
  );
  refuses(
    'a dense layer on an image',
    layer('dense', { units: 2 }),
    'layer "a" (dense): expected a flat input [features] but its input has shape [6,5,4]',
    'put a flatten layer before it',
  );
  refuses(
    'a depth multiplier of 0',
    layer('depthwiseConv2d', { kernelSize: [1, 1], depthMultiplier: 0 }),
    'layer "a" (depthwiseConv2d): depthMultiplier must be a positive integer, not 0',
  );
  refuses(
    'a negative epsilon',
    flat('batchNorm', { epsilon: -1 }),
    'layer "a" (batchNorm): epsilon must not be negative: -1',
  );

  refuses(
    'a batch normalisation that would divide by zero',
    [
      input(2),
      {
        name: 'a',
        kind: 'batchNorm',
        config: { epsilon: 0.5 },
        weights: { mean: zeros([2]), variance: tensor([2], Float32Array.of(1, -0.5)) },
      },
    ],
    'layer "a" (batchNorm): variance -0.5 of channel 1 plus epsilon is not positive',
  );
  refuses('a dropout rate of 1', flat('dropout', { rate: 1 }), 'layer "a" (dropout): rate must be in [0, 1), not 1');
  refuses(
    'a parameter that the activation does not have',
    flat('activation', { fn: 'relu', alpha: 0.1 }),
    'layer "a" (activation): relu takes no alpha of 0.1',
  );
  refuses(
    'a parameter that is no number',
    flat('activation', { fn: 'elu', alpha: Number.NaN }),
    'layer "a" (activation): elu takes no alpha of NaN',
  );
  refuses(
    'a reshape to another number of numbers',
    flat('reshape', { shape: [4, 2] }),
    'layer "a" (reshape): expected 8 numbers but its input has shape [6]',
  );
  refuses(
    'a reshape to no shape',
    flat('reshape', { shape: [] }),
    'layer "a" (reshape): shape must be positive integers, not []',
  );
  refuses(
    'an input of no shape',
    [{ name: 'in', kind: 'input', config: { shape: [0] } }],
    'layer "in" (input): shape must be positive integers without the sample axis, not [0]',
  );
  refuses(
    'a sum of shapes that do not fit',
    [input(2), dense('a', 2, 3), add('sum', 'in', 'a')],
    'layer "sum" (add): expected shapes like [2] (sizes equal or 1) but its input has shape [3]',
  );
  refuses(
    'a concat along an axis that is not there',
    [input(2), { name: 'a', kind: 'concat', config: { axis: 1 }, inputs: ['in', 'in'] }],
    'layer "a" (concat): axis 1 is outside of its input\'s shape [2]',
  );
  refuses(
    'a concat of shapes that differ elsewhere',
    [
      image,
      { name: 'pool', kind: 'maxPool2d' },
      { name: 'a', kind: 'concat', config: { axis: 2 }, inputs: ['in', 'pool'] },
    ],
    'layer "a" (concat): expected [6,5,4] but for axis 2 but its input has shape [3,2,4]',
  );

  test('createNetwork refuses an unknown activation and lists those there are', () => {
    const { message } = refusal({ layers: flat('activation', { fn: 'step' }) });
    expect(message).toMatch(/^layer "a" \(activation\): fn must be one of linear, relu, .*, softmax, not "step"$/);
  });

  test('createNetwork refuses a shape of more than 2^53 numbers', () => {
    const layers: LayerSpec[] = [input(2 ** 30, 2 ** 30, 1), { name: 'a', kind: 'flatten' }];
    expect(refusal({ layers }).code).toBe('ERR_LIMIT');
  });
});
