import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadModel } from '../../../src/formats/index.js';
import { SecateurError } from '../../../src/util/errors.js';
import { createRandom } from '../../../src/util/random.js';

const fixtures = join(import.meta.dirname, '../../fixtures/keras');
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keras-refusals-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Layer = { class_name: string; config: Record<string, unknown>; inbound_nodes?: unknown[] };
type Config = { class_name: string; config: { layers: Layer[] } };

/** The residual model with its configuration changed. */
async function changed(change: (config: Config) => void): Promise<string> {
  const files = unzipSync(await readFile(join(fixtures, 'residual.keras')));
  const config = JSON.parse(strFromU8(files['config.json'] as Uint8Array)) as Config;
  change(config);
  const path = join(folder, 'changed.keras');
  await writeFile(path, zipSync({ ...files, 'config.json': strToU8(JSON.stringify(config)) }));
  return path;
}

const layerOf = ({ config }: Config, className: string): Layer =>
  config.layers.find(({ class_name }) => class_name === className) as Layer;

describe('loadModel(path) of Keras models that cannot be read', () => {
  const refusals: readonly [what: string, code: string, part: string, change: (config: Config) => void][] = [
    [
      'a Lambda layer',
      'ERR_MODEL_UNSUPPORTED',
      '(Lambda)',
      (config) => {
        layerOf(config, 'Dropout').class_name = 'Lambda';
      },
    ],
    [
      'a custom layer',
      'ERR_MODEL_UNSUPPORTED',
      '(MyLayer)',
      (config) => {
        layerOf(config, 'Dropout').class_name = 'MyLayer';
      },
    ],
    [
      'a function that is a Lambda',
      'ERR_MODEL_UNSUPPORTED',
      '__lambda__',
      (config) => {
        layerOf(config, 'Conv2D').config.activation = { class_name: '__lambda__', config: { code: 'AA==' } };
      },
    ],
    [
      'a model of a class of its own',
      'ERR_MODEL_UNSUPPORTED',
      '"MyModel"',
      (config) => {
        config.class_name = 'MyModel';
      },
    ],
    [
      'images with channels first',
      'ERR_MODEL_UNSUPPORTED',
      'channels_first',
      (config) => {
        layerOf(config, 'Conv2D').config.data_format = 'channels_first';
      },
    ],
    [
      'normalisation as in training',
      'ERR_MODEL_UNSUPPORTED',
      'training=True',
      (config) => {
        (layerOf(config, 'BatchNormalization').inbound_nodes?.[0] as { kwargs: object }).kwargs = { training: true };
      },
    ],
    [
      'a use of a layer that it does not have',
      'ERR_MODEL_CORRUPT',
      'use 1 of layer "image" is not in the model, which has 1',
      (config) => {
        const [node] = layerOf(config, 'Conv2D').inbound_nodes as { args: { config: object }[] }[];
        node!.args[0]!.config = { keras_history: ['image', 1, 0] };
      },
    ],
    [
      'a second output of a layer',
      'ERR_MODEL_UNSUPPORTED',
      'a second output of layer "image"',
      (config) => {
        const [node] = layerOf(config, 'Conv2D').inbound_nodes as { args: { config: object }[] }[];
        node!.args[0]!.config = { keras_history: ['image', 0, 1] };
      },
    ],
    [
      'uses without end',
      'ERR_LIMIT',
      'the model has 50\\d\\d layers',
      (config) => {
        const conv = layerOf(config, 'Conv2D');
        conv.inbound_nodes = new Array(5000).fill(conv.inbound_nodes![0]);
      },
    ],
    [
      'more weights than belong',
      'ERR_MODEL_CORRUPT',
      '2 stored weights where 1 belong',
      (config) => {
        layerOf(config, 'Conv2D').config.use_bias = false;
      },
    ],
    [
      'no layers',
      'ERR_MODEL_CORRUPT',
      'no layers',
      (config) => {
        config.config.layers = [];
      },
    ],
  ];
  for (const [what, code, part, change] of refusals) {
    it(`refuses ${what} by name`, async () => {
      await expect(loadModel(await changed(change))).rejects.toMatchObject({
        code,
        message: expect.stringMatching(new RegExp(`changed\\.keras.*${part.replaceAll(/[()]/g, '\\$&')}`)),
      });
    });
  }

  const broken: readonly [name: string, bytes: () => Promise<Uint8Array>][] = [
    ['cut.h5', async () => (await readFile(join(fixtures, 'chain.h5'))).subarray(0, 9000)],
    ['noise.h5', async () => Uint8Array.from({ length: 5000 }, (_, i) => (i * 37) % 251)],
    ['cut.keras', async () => (await readFile(join(fixtures, 'chain.keras'))).subarray(0, 9000)],
    ['empty.keras', async () => zipSync({})],
    ['noWeights.keras', async () => zipSync({ 'config.json': strToU8('{}') })],
    ['noJson.keras', async () => zipSync({ 'config.json': strToU8('{'), 'model.weights.h5': strToU8('x') })],
  ];
  for (const [name, bytes] of broken) {
    it(`says of ${name} that it is damaged`, async () => {
      await writeFile(join(folder, name), await bytes());
      await expect(loadModel(join(folder, name))).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_MODEL_(CORRUPT|UNSUPPORTED)$/),
        message: expect.stringContaining(name),
      });
    });
  }

  it('gives a network or a SecateurError, and soon, whatever bytes of an HDF5 file are changed', async () => {
    const whole = await readFile(join(fixtures, 'chain.h5'));
    const random = createRandom(7);
    let refused = 0;
    for (let round = 0; round < 40; round++) {
      const damaged = Uint8Array.from(whole);
      for (let i = 0; i < 4; i++) damaged[random.integer(damaged.length - 1)] = random.integer(255);
      const path = join(folder, 'damaged.h5');
      await writeFile(path, damaged);
      await loadModel(path).catch((error) => {
        refused += 1;
        expect(error).toBeInstanceOf(SecateurError);
      });
    }
    expect(refused).toBeGreaterThan(0);
  }, 240_000);
});
