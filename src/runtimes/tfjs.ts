import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { filesOf } from '../formats/index.js';
import { layerAt, type Network } from '../network/index.js';
import { type LoadedBackend, loadBackend, toLayersModel } from '../training/index.js';
import { SecateurError } from '../util/errors.js';
import { type Found, type RunningModel, reasonOf } from './runtime.js';

type Tf = LoadedBackend['tf'];
type LayersModel = Awaited<ReturnType<typeof toLayersModel>>;
type Open = (tf: Tf, path: string, network: Network) => Promise<LayersModel>;

/** TensorFlow.js, which runs its own files as they lie on disk. */
export const findTfjs = (): Promise<Found> => find('', openFile);

/**
 * TensorFlow.js for Keras' files, which it cannot open itself: it gets what was read back from them. Keras alone, in
 * Python, could open them.
 */
export const findTfjsForKeras = (): Promise<Found> =>
  find(', with the file as it is read back', async (tf, _path, network) => {
    try {
      return await toLayersModel(tf, network);
    } catch (cause) {
      // Keras takes some layers that tfjs does not, such as a Flatten of rows: that says nothing of the file.
      throw new SecateurError('ERR_BACKEND', (cause as Error).message, { cause });
    }
  });

async function find(how: string, open: Open): Promise<Found> {
  try {
    const { tf, name, version } = await loadBackend();
    return {
      runtime: {
        name: `tfjs ${version} (${name})${how}`,
        open: async (path, network) => running(tf, await open(tf, path, network), network),
      },
    };
  } catch (error) {
    return { reason: reasonOf('tfjs', error) };
  }
}

function running(tf: Tf, model: LayersModel, network: Network): RunningModel {
  const { outputShape } = layerAt(network, network.input);
  return {
    run: async (x, count) => {
      const outputs = tf.tidy(() => [model.predict(tf.tensor(x, [count, ...outputShape]))].flat());
      try {
        return (await Promise.all(outputs.map((output) => output.data()))) as Float32Array[];
      } finally {
        tf.dispose(outputs);
      }
    },
    [Symbol.asyncDispose]: async () => void model.dispose(),
  };
}

interface Manifest {
  readonly modelTopology: object;
  readonly weightsManifest: readonly { readonly paths: readonly string[]; readonly weights: readonly object[] }[];
}

/** Reads the files without this package's own reader, so that the two are held against each other. */
async function openFile(tf: Tf, path: string): Promise<LayersModel> {
  const main = (await filesOf(path)).at(-1)!;
  const { modelTopology, weightsManifest } = JSON.parse(await readFile(main, 'utf8')) as Manifest;
  const shards = weightsManifest.flatMap(({ paths }) => paths.map((name) => readFile(join(dirname(main), name))));
  const weightData = new Uint8Array(Buffer.concat(await Promise.all(shards))).buffer;
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  const artifacts = { modelTopology, weightSpecs, weightData } as Parameters<Tf['io']['fromMemory']>[0];
  return tf.loadLayersModel(tf.io.fromMemory(artifacts));
}
