import { linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadModel, saveModel } from '../../../src/formats/index.js';
import { decodeOnnx } from '../../../src/formats/onnx/onnx.js';
import { dataTypes, externalLocation, type TensorDraft } from '../../../src/formats/onnx/proto/messages.js';
import { initialize, presets } from '../../../src/network/index.js';
import type { ErrorCode } from '../../../src/util/errors.js';
import { file, floats, node, type Parts, valueInfo, weight, whole } from './handBuilt.js';

const row = ['N', 7] as const;
const image = ['N', 2, 6, 5] as const;
const one = (...arguments_: Parameters<typeof node>): Parts => ({ input: image, nodes: [node(...arguments_)] });

interface Refusal {
  readonly parts: Parts;
  readonly message: RegExp;
}

/** What no layer expresses. */
const unsupported: Readonly<Record<string, Refusal>> = {
  'an unknown operator': { parts: one('Erf', ['x'], 'y', {}, 'e1'), message: /node "e1" \(Erf\)/ },
  'an operator of another domain': {
    parts: { input: row, nodes: [{ ...node('Relu', ['x'], 'y'), domain: 'com.example' }] },
    message: /com\.example Relu/,
  },
  'an attribute that nobody knows': { parts: one('Relu', ['x'], 'y', { slope: 1 }), message: /attribute slope/ },
  'operator set 12': { parts: { ...one('Relu', ['x'], 'y'), opset: 12 }, message: /operator set 12; 13 to 21/ },
  'operator set 22': { parts: { ...one('Relu', ['x'], 'y'), opset: 22 }, message: /operator set 22/ },
  'two inputs': {
    parts: { ...one('Relu', ['x'], 'y'), graph: { input: [valueInfo('x', image), valueInfo('z', image)] } },
    message: /2 inputs \("x", "z"\)/,
  },
  'two outputs that are one': {
    parts: {
      input: image,
      nodes: [node('Relu', ['x'], 'y'), node('Identity', ['y'], 'z')],
      graph: { output: [valueInfo('y', image), valueInfo('z', image)] },
    },
    message: /two of its outputs are the same, that of layer "y"/,
  },
  'sizes that are open': {
    parts: { ...one('Relu', ['x'], 'y'), input: ['N', 2, 'H', 'W'] },
    message: /\[N,2,H,W\] leaves/,
  },
  'an input of whole numbers': {
    parts: {
      ...one('Relu', ['x'], 'y'),
      graph: {
        input: [
          { name: 'x', type: { tensorType: { elemType: 7, shape: { dim: [{ dimValue: 1 }, { dimValue: 2 }] } } } },
        ],
      },
    },
    message: /does not take floats/,
  },
  'sparse weights': { parts: { ...one('Relu', ['x'], 'y'), graph: { sparseInitializer: [{}] } }, message: /sparse/ },
  'weights of another element type': {
    parts: {
      input: row,
      nodes: [node('MatMul', ['x', 'w'], 'y')],
      constants: [{ name: 'w', dims: [7, 1], dataType: 16, rawData: new Uint8Array(14) }],
    },
    message: /"y" \(MatMul\): tensor "w" has element type 16/,
  },
  'a matrix that is computed': {
    parts: { input: row, nodes: [node('Relu', ['x'], 'w'), node('MatMul', ['x', 'w'], 'y')] },
    message: /input 1 is computed/,
  },
  'Gemm with transA': {
    parts: { input: row, nodes: [node('Gemm', ['x', 'w'], 'y', { transA: 1 })], constants: [weight('w', [7, 1])] },
    message: /transA/,
  },
  'MatMul of images': {
    parts: { input: image, nodes: [node('MatMul', ['x', 'w'], 'y')], constants: [weight('w', [5, 1])] },
    message: /only rows/,
  },
  'convolutions of sound': {
    parts: { input: ['N', 2, 9], nodes: [node('Conv', ['x', 'w'], 'y')], constants: [weight('w', [1, 2, 3])] },
    message: /kernel has 3 axes/,
  },
  'ceil_mode with zeros that count': {
    parts: one('AveragePool', ['x'], 'y', {
      kernel_shape: [3, 3],
      strides: [2, 2],
      ceil_mode: 1,
      count_include_pad: 1,
    }),
    message: /ceil_mode/,
  },
  'samples in another place': {
    parts: {
      input: image,
      nodes: [
        node('Shape', ['x'], 'all'),
        node('Concat', ['sixty', 'all'], 'to', { axis: 0 }),
        node('Reshape', ['x', 'to'], 'y'),
      ],
      constants: [whole('sixty', [60])],
    },
    message: /makes the samples an axis behind the first/,
  },
  'weights as many as samples': {
    parts: {
      input: image,
      nodes: [node('Shape', ['x'], 'all'), node('Squeeze', ['x', 'all'], 'y')],
    },
    message: /"all" depends on the number of samples/,
  },
  'a table of sizes': {
    parts: {
      input: image,
      nodes: [node('Shape', ['x'], 'all'), node('Unsqueeze', ['all', 'axes'], 't'), node('Reshape', ['x', 't'], 'y')],
      constants: [whole('axes', [0])],
    },
    message: /a table of whole numbers/,
  },
  'pads that crop': {
    parts: one('MaxPool', ['x'], 'y', { kernel_shape: [1, 1], pads: [-1, 0, 0, 0] }),
    message: /crop/,
  },
  'auto_pad that would crop': {
    parts: one('MaxPool', ['x'], 'y', { kernel_shape: [1, 1], strides: [3, 1], auto_pad: 'SAME_UPPER' }),
    message: /crop/,
  },
  'indices of maxima': {
    parts: {
      input: image,
      nodes: [{ ...node('MaxPool', ['x'], 'm', { kernel_shape: [2, 2] }), output: ['m', 'y'] }],
    },
    message: /more than its first output/,
  },
  'Clip to other limits': {
    parts: { input: row, nodes: [node('Clip', ['x', 'low'], 'y')], constants: [floats('low', [], [-1])] },
    message: /clips to \[-1, open\]/,
  },
  'Selu with constants of its own': { parts: one('Selu', ['x'], 'y', { alpha: { f: 1 } }), message: /alpha is 1/ },
  'Softmax over positions': { parts: one('Softmax', ['x'], 'y'), message: /axis -1/ },
  'batch normalisation in training': {
    parts: one('BatchNormalization', ['x'], 'y', { training_mode: 1 }),
    message: /training/,
  },
  'a constant that is no number a channel': {
    parts: { input: image, nodes: [node('Add', ['x', 'c'], 'y')], constants: [weight('c', [6, 5])] },
    message: /not one number for each channel/,
  },
  'an output that is a constant': {
    parts: { ...one('Relu', ['x'], 'y'), output: 'w', constants: [{ ...weight('w', [1]), dataType: 16 }] },
    message: /output "w" is a constant/,
  },
  'a flattened image at the end': { parts: one('Flatten', ['x'], 'y'), message: /output "y" is a flattened image/ },
  'a row to an image that its order does not fit': {
    parts: {
      input: ['N', 12],
      nodes: [node('Reshape', ['x', 'to'], 'i'), node('Conv', ['i', 'k'], 'y', {}, 'conv')],
      constants: [whole('to', [0, 3, 2, 2]), weight('k', [1, 3, 1, 1])],
    },
    message: /"conv" \(Conv\): its input of shape \[3,2,2\] is no image with its channels first/,
  },
  'a flattened image in another shape': {
    parts: {
      input: image,
      nodes: [node('Flatten', ['x'], 'f'), node('Reshape', ['f', 'to'], 'y')],
      constants: [whole('to', [0, 5, 12])],
    },
    message: /reshapes \[60\] to \[5,12\]/,
  },
  'rows that differ in order added': {
    parts: {
      input: image,
      nodes: [
        node('Flatten', ['x'], 'f'),
        node('Transpose', ['x'], 't', { perm: [0, 2, 3, 1] }),
        node('Flatten', ['t'], 'g'),
        node('Add', ['f', 'g'], 'y'),
      ],
    },
    message: /not laid out alike/,
  },
  'Reshape across samples': {
    parts: { input: image, nodes: [node('Reshape', ['x', 'to'], 'y')], constants: [whole('to', [-1, 30])] },
    message: /across samples/,
  },
  'Transpose of samples': { parts: one('Transpose', ['x'], 'y'), message: /moves the axis of the samples/ },
  'Concat of samples': {
    parts: { input: row, nodes: [node('Concat', ['x', 'x'], 'y', { axis: 0 })] },
    message: /axis 0 is that of the samples/,
  },
  'the mean of channels': { parts: one('ReduceMean', ['x'], 'y', { axes: [1] }), message: /only the mean over/ },
  'Pad with ones': {
    parts: {
      input: image,
      nodes: [node('Pad', ['x', 'pads', 'one'], 'y')],
      constants: [whole('pads', [0, 0, 1, 1, 0, 0, 1, 1]), floats('one', [], [1])],
    },
    message: /pads with constant 1/,
  },
  'Pad of channels': {
    parts: {
      input: image,
      nodes: [node('Pad', ['x', 'pads'], 'y')],
      constants: [whole('pads', [0, 1, 0, 0, 0, 0, 0, 0])],
    },
    message: /another axis/,
  },
};

/** What contradicts itself, or the format. */
const corrupt: Readonly<Record<string, Refusal>> = {
  'no operator set': {
    parts: { ...one('Relu', ['x'], 'y'), model: { opsetImport: [] } },
    message: /no ONNX operator set/,
  },
  'no output': { parts: { ...one('Relu', ['x'], 'y'), graph: { output: [] } }, message: /has no output/ },
  'an output that nothing makes': { parts: one('Relu', ['x'], 'z'), message: /nothing makes its output "y"/ },
  'an input that nothing makes': {
    parts: one('Add', ['x', 'z'], 'y'),
    message: /nothing before it makes its input "z"/,
  },
  'an output named like a weight': {
    parts: {
      input: row,
      nodes: [node('Relu', ['x'], 'w'), node('Relu', ['w'], 'y')],
      constants: [{ ...weight('w', [1]), dataType: 16 }],
    },
    message: /"w" is made twice/,
  },
  'a cycle': {
    parts: { input: row, nodes: [node('Add', ['x', 'b'], 'a'), node('Relu', ['a'], 'b'), node('Relu', ['b'], 'y')] },
    message: /nothing before it makes its input "b"/,
  },
  'a tensor made twice': {
    parts: { input: row, nodes: [node('Relu', ['x'], 'y'), node('Tanh', ['x'], 'y')] },
    message: /"y" is made twice/,
  },
  'fewer bytes than the shape says': {
    parts: {
      input: row,
      nodes: [node('MatMul', ['x', 'w'], 'y')],
      constants: [{ ...weight('w', [7, 1]), dims: [7, 1000000] }],
    },
    message: /wants 28000000 bytes but it has 28/,
  },
  'a negative size': {
    parts: {
      input: row,
      nodes: [node('MatMul', ['x', 'w'], 'y')],
      constants: [{ ...weight('w', [7, 1]), dims: [-7, -1] }],
    },
    message: /negative size/,
  },
  'a matrix for another number of features': {
    parts: { input: row, nodes: [node('MatMul', ['x', 'w'], 'y')], constants: [weight('w', [8, 2])] },
    message: /a matrix \[8,2\] for 7 features/,
  },
  'a kernel for other channels': {
    parts: { input: image, nodes: [node('Conv', ['x', 'w'], 'y')], constants: [weight('w', [2, 3, 1, 1])] },
    message: /does not fit an image \[6,5,2\]/,
  },
  'a window larger than the image': {
    parts: one('MaxPool', ['x'], 'y', { kernel_shape: [9, 9] }),
    message: /at least as large as its window/,
  },
  'strides of nothing': {
    parts: one('MaxPool', ['x'], 'y', { kernel_shape: [1, 1], strides: [0, 1] }),
    message: /must be positive/,
  },
  'an attribute of the wrong type': {
    parts: one('MaxPool', ['x'], 'y', { kernel_shape: 'wide' }),
    message: /kernel_shape is of the wrong type/,
  },
  'shapes that do not add up': {
    parts: {
      input: ['N', 4, 4, 4],
      nodes: [node('MaxPool', ['x'], 'm', { kernel_shape: [2, 2] }), node('Add', ['x', 'm'], 'y')],
    },
    message: /expected shapes like/,
  },
};

/** What asks for more than a model may. */
const limit: Readonly<Record<string, Refusal>> = {
  'a product of sizes over 2^53': {
    parts: {
      input: row,
      nodes: [node('MatMul', ['x', 'w'], 'y')],
      constants: [{ ...weight('w', [7, 1]), dims: [2 ** 40, 2 ** 40] }],
    },
    message: /too large/,
  },
  'a weight of 2^31 numbers': {
    parts: {
      input: row,
      nodes: [node('MatMul', ['x', 'w'], 'y')],
      constants: [{ ...weight('w', [7, 1]), dims: [2 ** 16, 2 ** 15] }],
    },
    message: /more than 536870912 numbers/,
  },
  'an image of 2^40 pixels': {
    parts: { ...one('Relu', ['x'], 'y'), input: ['N', 1, 2 ** 20, 2 ** 20] },
    message: /more than/,
  },
  'padding of 2^40 pixels': {
    parts: {
      input: image,
      nodes: [node('Pad', ['x', 'pads'], 'y')],
      constants: [whole('pads', [0, 0, 2 ** 20, 2 ** 20, 0, 0, 0, 0])],
    },
    message: /more than/,
  },
  'a list of two million items': {
    parts: { input: row, nodes: [], graph: { node: Array.from({ length: 2 ** 20 + 1 }, () => ({})) } },
    message: /lists hold more than/,
  },
};

const tables: Readonly<Partial<Record<ErrorCode, Readonly<Record<string, Refusal>>>>> = {
  ERR_MODEL_UNSUPPORTED: unsupported,
  ERR_MODEL_CORRUPT: corrupt,
  ERR_LIMIT: limit,
};

describe.each(Object.entries(tables))('decodeOnnx throws %s for', (code, refusals) => {
  test.each(Object.keys(refusals))('%s', async (title) => {
    const { parts, message } = refusals[title] as Refusal;
    await expect(decodeOnnx(file(parts))).rejects.toMatchObject({
      name: 'SecateurError',
      code,
      message: expect.stringMatching(message),
    });
  });
});

describe('decodeOnnx', () => {
  test('names every unsupported node in one error, and none behind them', async () => {
    const nodes = [
      node('Erf', ['x'], 'a', {}, 'e1'),
      node('Softmax', ['a'], 'b', { axis: 0 }, 'behind'),
      node('LSTM', ['x'], 'c', {}, 'l1'),
      node('Add', ['b', 'c'], 'y', {}, 'sum'),
    ];
    const refused = decodeOnnx(file({ input: image, nodes }));
    await expect(refused).rejects.toMatchObject({ code: 'ERR_MODEL_UNSUPPORTED' });
    await expect(refused).rejects.toThrow(/2 things .*"e1" \(Erf\).*"l1" \(LSTM\)/);
    await expect(refused).rejects.not.toThrow(/behind|sum/);
  });

  test('throws ERR_DATA for weights that are not finite', async () => {
    const constants = [floats('w', [7, 1], [1, 2, Number.NaN, 4, 5, 6, 7])];
    const broken = file({ input: row, nodes: [node('MatMul', ['x', 'w'], 'y')], constants });
    await expect(decodeOnnx(broken)).rejects.toMatchObject({ code: 'ERR_DATA' });
  });

  test('reads no data outside of a model in memory', async () => {
    const constants = [outside('w', [7, 1], { location: 'w.bin' })];
    const refused = decodeOnnx(file({ input: row, nodes: [node('MatMul', ['x', 'w'], 'y')], constants }));
    await expect(refused).rejects.toMatchObject({ code: 'ERR_MODEL_UNSUPPORTED' });
  });
});

function outside(name: string, dims: readonly number[], entries: Readonly<Record<string, string>>): TensorDraft {
  const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
  return { name, dims, dataType: dataTypes.float32, dataLocation: externalLocation, externalData };
}

describe('loadModel of a model with data outside', () => {
  let top: string;
  const folder = () => join(top, 'model');
  const path = () => join(folder(), 'net.onnx');
  const numbers = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);

  beforeAll(() => {
    top = mkdtempSync(join(tmpdir(), 'secateur-'));
    mkdirSync(join(folder(), 'sub'), { recursive: true });
    for (const name of ['secret.bin', 'model/w.bin', 'model/sub/w.bin', 'model/twice.bin']) {
      writeFileSync(join(top, name), new Uint8Array(numbers.buffer));
    }
    symlinkSync(join(top, 'secret.bin'), join(folder(), 'link.bin'));
    symlinkSync(top, join(folder(), 'up'));
    linkSync(join(folder(), 'twice.bin'), join(folder(), 'hard.bin'));
  });
  afterAll(() => rmSync(top, { recursive: true }));

  const load = (entries: Readonly<Record<string, string>>) => {
    const constants = [outside('w', [7, 1], entries)];
    writeFileSync(path(), file({ input: row, nodes: [node('MatMul', ['x', 'w'], 'y')], constants }));
    return loadModel(path());
  };

  test.each(['w.bin', 'sub/w.bin'])('reads %s beside the model', async (location) => {
    const { layers } = await load({ location, offset: '8', length: '28' });
    expect([...(layers[1]?.weights.kernel?.data ?? [])]).toEqual([3, 4, 5, 6, 7, 8, 9]);
  });

  const ways = ['../secret.bin', 'sub/../../secret.bin', './w.bin', 'link.bin', 'up/secret.bin', 'hard.bin', 'sub'];
  test.each([
    ...ways,
    'sub\\w.bin',
    'w.bin\0',
    'C:w.bin',
    '',
    'missing.bin',
    '//etc/hostname',
  ])('refuses %j', async (location) => {
    await expect(load({ location, length: '28' })).rejects.toMatchObject({ code: 'ERR_MODEL_UNSUPPORTED' });
  });

  test('refuses an absolute path', async () => {
    await expect(load({ location: join(folder(), 'w.bin') })).rejects.toMatchObject({ code: 'ERR_MODEL_UNSUPPORTED' });
  });

  test.each([
    { offset: '12', length: '28' },
    { offset: '37' },
    { offset: '-4', length: '28' },
    { offset: '1e1', length: '28' },
    { length: '24' },
    { length: '99999999999999999999' },
  ])('throws ERR_MODEL_CORRUPT for the part %j', async (part) => {
    await expect(load({ location: 'w.bin', ...part })).rejects.toMatchObject({ code: 'ERR_MODEL_CORRUPT' });
  });
});

describe('saveModel and loadModel', () => {
  let folder: string;
  const network = initialize(presets.single([4], 3), { seed: 7 });
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'secateur-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('write one file and read it back', async () => {
    const path = join(folder, 'net.onnx');
    await saveModel(network, path);
    expect((await loadModel(path)).layers).toEqual(network.layers);
    expect(readdirSync(folder)).toEqual(['net.onnx']);
  });

  test('say which file was wrong', async () => {
    const path = join(folder, 'broken.onnx');
    writeFileSync(path, 'no model at all');
    await expect(loadModel(path)).rejects.toMatchObject({
      code: 'ERR_MODEL_CORRUPT',
      message: expect.stringContaining(path),
    });
  });

  test.each([
    { name: 'missing.onnx', content: null, code: 'ERR_IO' },
    { name: 'empty.onnx', content: '', code: 'ERR_MODEL_CORRUPT' },
    { name: 'model.txt', content: 'x', code: 'ERR_MODEL_UNSUPPORTED' },
  ])('throw $code for $name', async ({ name, content, code }) => {
    if (content !== null) writeFileSync(join(folder, name), content);
    await expect(loadModel(join(folder, name))).rejects.toMatchObject({ name: 'SecateurError', code });
  });

  test('leave nothing behind where a folder is missing', async () => {
    const path = join(folder, 'none', 'net.onnx');
    await expect(saveModel(network, path)).rejects.toMatchObject({ code: 'ERR_IO' });
    expect(readdirSync(folder)).not.toContain('none');
  });
});
