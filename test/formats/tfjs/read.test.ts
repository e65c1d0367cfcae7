import { describe, expect, it } from 'vitest';
import { fromArtifacts, type TfjsArtifacts } from '../../../src/formats/index.js';
import { expectClose, tolerances } from '../../support/tolerance.js';

type Json = Record<string, unknown>;

/** A model of one dense layer `d` on two numbers, kernel 1 2 / 3 4, and what a test changes about it. */
function denseModel({
  topology = {},
  layer = {},
  ...rest
}: { topology?: Json; layer?: Json } & Partial<TfjsArtifacts> = {}) {
  const config = { name: 'd', units: 2, activation: 'linear', use_bias: false, batch_input_shape: [null, 2], ...layer };
  return {
    modelTopology: { class_name: 'Sequential', config: { layers: [{ class_name: 'Dense', config }] }, ...topology },
    weightSpecs: [{ name: 'd/kernel', shape: [2, 2], dtype: 'float32' }],
    weightData: Float32Array.of(1, 2, 3, 4).buffer,
    ...rest,
  } as TfjsArtifacts;
}

const kernelOf = (artifacts: TfjsArtifacts) => fromArtifacts(artifacts).layers[1]?.weights.kernel?.data ?? [];
const layer = (class_name: string, config: Json, ...inputs: string[]) => ({
  class_name,
  name: config.name,
  config,
  inbound_nodes: inputs.length > 0 ? [inputs.map((name) => [name, 0, 0, {}])] : [],
});

function functional(layers: readonly Json[], output: string): TfjsArtifacts {
  const config = { name: 'm', layers, input_layers: [['in', 0, 0]], output_layers: [[output, 0, 0]] };
  return {
    modelTopology: { class_name: 'Functional', config },
    weightSpecs: [],
    weightData: new ArrayBuffer(0),
  };
}

const image = layer('InputLayer', { name: 'in', batch_input_shape: [null, 4, 4, 2] });

describe('fromArtifacts(artifacts)', () => {
  it('reads a Sequential model whose input is a setting of its first layer', () => {
    const network = fromArtifacts(denseModel());
    expect(network.layers.map(({ name, kind }) => [name, kind])).toEqual([
      ['d_input', 'input'],
      ['d', 'dense'],
    ]);
    expect([...kernelOf(denseModel())]).toEqual([1, 2, 3, 4]);
  });

  it('reads the wrapping that the Python converter makes, and the loss in it', () => {
    const { modelTopology } = denseModel();
    const wrapped = { model_config: modelTopology, training_config: { loss: 'binary_crossentropy' } };
    expect(fromArtifacts({ ...denseModel(), modelTopology: wrapped }).loss).toBe('binary-crossentropy');
  });

  it('makes an activation inside a layer a layer of its own', () => {
    const network = fromArtifacts(denseModel({ layer: { activation: 'hard_sigmoid' } }));
    expect(network.layers[2]).toMatchObject({
      name: 'd/activation',
      kind: 'activation',
      config: { fn: 'hardSigmoid' },
    });
  });

  it('reads weights stored as bytes, words and halves', () => {
    const specs = (quantization: Json) => [{ name: 'd/kernel', shape: [2, 2], dtype: 'float32', quantization }];
    const read = (quantization: Json, data: ArrayBuffer) =>
      kernelOf(denseModel({ weightSpecs: specs(quantization) as never, weightData: data }));
    const affine = { scale: 0.5, min: -1 };
    expect([...read({ dtype: 'uint8', ...affine }, Uint8Array.of(0, 1, 2, 255).buffer)]).toEqual([-1, -0.5, 0, 126.5]);
    expect([...read({ dtype: 'uint16', ...affine }, Uint16Array.of(0, 1, 2, 65535).buffer)]).toEqual([
      -1, -0.5, 0, 32766.5,
    ]);
    // 1, -2, the smallest denormal, and 65504, the largest: their bit patterns are in the standard's tables.
    const halves = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff).buffer;
    expectClose(read({ dtype: 'float16' }, halves), [1, -2, 2 ** -24, 65504], tolerances.exact);
  });

  it('steps over the state of an optimizer', () => {
    const weightSpecs = [
      { name: 'iter', shape: [], dtype: 'int32', group: 'optimizer' },
      { name: 'd/kernel', shape: [2, 2], dtype: 'float32' },
    ];
    const weightData = [Int32Array.of(7).buffer, Float32Array.of(1, 2, 3, 4).buffer];
    expect([...kernelOf(denseModel({ weightSpecs, weightData }))]).toEqual([1, 2, 3, 4]);
  });

  it('fills in an open size of a reshape', () => {
    const network = fromArtifacts(
      functional([image, layer('Reshape', { name: 'r', target_shape: [8, -1] }, 'in')], 'r'),
    );
    expect(network.layers[1]?.outputShape).toEqual([8, 4]);
  });

  it('reads layers in any order', () => {
    const layers = [layer('Flatten', { name: 'f' }, 'r'), layer('ReLU', { name: 'r', max_value: 6 }, 'in'), image];
    const network = fromArtifacts(functional(layers, 'f'));
    expect(network.layers.map(({ name }) => name)).toEqual(['in', 'r', 'f']);
    expect(network.layers[1]).toMatchObject({ kind: 'activation', config: { fn: 'relu6' } });
  });

  it('counts an axis of a concatenation without the samples', () => {
    const layers = [image, layer('Concatenate', { name: 'c', axis: 1 }, 'in', 'in')];
    expect(fromArtifacts(functional(layers, 'c')).layers[1]?.outputShape).toEqual([8, 4, 2]);
  });

  it('lists every layer that no kind expresses in one error', () => {
    const layers = [
      image,
      layer('Lambda', { name: 'l' }, 'in'),
      layer('ReLU', { name: 'r', max_value: 3 }, 'l'),
      layer('BatchNormalization', { name: 'b', axis: 1 }, 'r'),
      layer('MaxPooling2D', { name: 'p', data_format: 'channels_first' }, 'b'),
      layer('Activation', { name: 'a', activation: 'mish' }, 'p'),
    ];
    const listed = ['"l" (Lambda)', '"r" (ReLU)', '"b" (BatchN', '"p" (MaxP', 'channels_first', '"a" (Activation)'];
    expect(() => fromArtifacts(functional(layers, 'a'))).toThrow(
      expect.objectContaining({
        code: 'ERR_MODEL_UNSUPPORTED',
        message: expect.stringMatching(new RegExp(listed.map((part) => part.replace(/[()]/g, '\\$&')).join('[^]*'))),
      }),
    );
  });

  const refused: Record<string, [TfjsArtifacts, string]> = {
    'no topology': [{ ...denseModel(), modelTopology: null as never }, 'ERR_MODEL_CORRUPT'],
    'a model of another class': [denseModel({ topology: { class_name: 'TFOpLambda' } }), 'ERR_MODEL_UNSUPPORTED'],
    'no layers': [denseModel({ topology: { config: { layers: [] } } }), 'ERR_MODEL_CORRUPT'],
    'too many layers': [denseModel({ topology: { config: { layers: Array(5000).fill({}) } } }), 'ERR_LIMIT'],
    'a cycle': [
      functional([image, layer('Add', { name: 'x' }, 'in', 'y'), layer('ReLU', { name: 'y' }, 'x')], 'y'),
      'ERR_MODEL_CORRUPT',
    ],
    'a layer that is missing': [functional([image, layer('ReLU', { name: 'y' }, 'x')], 'y'), 'ERR_MODEL_CORRUPT'],
    'two layers of one name': [functional([image, image], 'in'), 'ERR_MODEL_CORRUPT'],
    'an output that is missing': [functional([image], 'out'), 'ERR_MODEL_CORRUPT'],
    'an input of unknown size': [denseModel({ layer: { batch_input_shape: [null, null] } }), 'ERR_MODEL_UNSUPPORTED'],
    'an image that is too large': [
      functional([layer('InputLayer', { name: 'in', batch_input_shape: [null, 1e9, 9, 4] })], 'in'),
      'ERR_LIMIT',
    ],
    'units that do not fit the kernel': [denseModel({ layer: { units: 3 } }), 'ERR_MODEL_CORRUPT'],
    'units that are no number': [denseModel({ layer: { units: '2' } }), 'ERR_MODEL_CORRUPT'],
    'a weight that is missing': [denseModel({ layer: { use_bias: true } }), 'ERR_MODEL_CORRUPT'],
    'weights that are too short': [denseModel({ weightData: new ArrayBuffer(15) }), 'ERR_MODEL_CORRUPT'],
    'weights that are too long': [denseModel({ weightData: new ArrayBuffer(17) }), 'ERR_MODEL_CORRUPT'],
    'a shape past 2^53': [
      denseModel({ weightSpecs: [{ name: 'd/kernel', shape: [2 ** 31, 2 ** 31], dtype: 'float32' }] }),
      'ERR_LIMIT',
    ],
    'a shape past the memory': [
      denseModel({ weightSpecs: [{ name: 'd/kernel', shape: [2 ** 16, 2 ** 16], dtype: 'float32' }] }),
      'ERR_LIMIT',
    ],
    'a negative size': [
      denseModel({ weightSpecs: [{ name: 'd/kernel', shape: [-2, -2], dtype: 'float32' }] }),
      'ERR_MODEL_CORRUPT',
    ],
    'weights that are text': [
      denseModel({ weightSpecs: [{ name: 'd/kernel', shape: [2, 2], dtype: 'string' }] }),
      'ERR_MODEL_UNSUPPORTED',
    ],
    'weights of a type that every object has': [
      denseModel({ weightSpecs: [{ name: 'd/kernel', shape: [2, 2], dtype: '__proto__' as never }] }),
      'ERR_MODEL_UNSUPPORTED',
    ],
    'weights that are not finite': [
      denseModel({ weightData: Float32Array.of(1, Number.NaN, 3, 4).buffer }),
      'ERR_DATA',
    ],
  };
  for (const [what, [artifacts, code]] of Object.entries(refused)) {
    it(`refuses ${what} with ${code}`, () => {
      expect(() => fromArtifacts(artifacts)).toThrow(expect.objectContaining({ name: 'SecateurError', code }));
    });
  }
});
