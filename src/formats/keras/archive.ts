import { extname } from 'node:path';
import type { Network } from '../../network/index.js';
import { unzip } from '../../tensor/zip.js';
import { writeFileAtomic } from '../../util/atomic.js';
import { SecateurError } from '../../util/errors.js';
import { maxFileBytes, readRegularFile } from '../../util/files.js';
import type { ModelFormat } from '../format.js';
import { naming } from '../problems.js';
import { type Hdf5Writer, membersOf, readHdf5, tensorAt, textAttribute, writeHdf5, writeTensor } from './hdf5.js';
import { type Hdf5Tree, joinPath } from './hdf5Tree.js';
import { corrupt, type KerasLayer, parseJson, unsupported } from './language/json.js';
import { lossSetting } from './language/legacy.js';
import { modernConfig } from './language/modern.js';
import { fromKeras, type WeightSource } from './language/read.js';
import { readTopology } from './language/topology.js';
import { toKeras, type WrittenModel } from './language/write.js';
import { inOrder } from './weights.js';

const configFile = 'config.json';
const metadataFile = 'metadata.json';
const weightsFile = 'model.weights.h5';
const layersGroup = 'layers';

/** Keras 3's own files: a zip archive of the configuration and the weights, these as HDF5. */
export const keras: ModelFormat = {
  name: 'keras',
  describe: 'Keras 3 (NAME.keras)',
  recognizes: (path) => extname(path).toLowerCase() === '.keras',
  read: async (path) => {
    const bytes = await readRegularFile(path, maxFileBytes);
    return naming(path, () => readArchive(unpack(bytes)));
  },
  write: async (network, path) => {
    const model = toKeras(network, 'keras3');
    await writeFileAtomic(path, await encode(model, lossSetting(network)));
    return model.renamed;
  },
};

function unpack(bytes: Uint8Array): Map<string, Uint8Array> {
  try {
    return unzip(bytes, 'the archive', { maxBytes: maxFileBytes });
  } catch (error) {
    if (!(error instanceof SecateurError) || error.code !== 'ERR_DATA') throw error;
    throw new SecateurError('ERR_MODEL_CORRUPT', error.message, { cause: error });
  }
}

async function readArchive(files: ReadonlyMap<string, Uint8Array>): Promise<Network> {
  const [config, weights] = [files.get(configFile), files.get(weightsFile)];
  if (config === undefined) throw corrupt(`the archive has no ${configFile}`);
  if (weights === undefined) {
    throw unsupported([`an archive without ${weightsFile}`], 'save the model in one piece, with model.save()');
  }
  const root = parseJson(configFile, config);
  const topology = readTopology(root);
  const tree = await readHdf5(weights, [layersGroup]);
  return fromKeras({
    topology,
    dialect: 'keras3',
    weights: weightsIn(tree, topology.layers),
    training: root.compile_config,
  });
}

/** Each layer has a group `layers/<key>/vars` whose members are numbered, in Keras' order. */
function weightsIn(tree: Hdf5Tree, layers: readonly KerasLayer[]): WeightSource {
  const keys = keysOf(tree, layers);
  return (layer, names) => {
    if (Object.keys(names).length === 0) return {};
    const group = varsOf(keys.get(layer) ?? '');
    return inOrder(
      layer,
      names,
      membersOf(tree, group).map((_, i) => () => tensorAt(tree, joinPath(group, String(i)))),
    );
  };
}

const varsOf = (key: string): string => `${layersGroup}/${key}/vars`;

/** By layer: the key of the group whose variables name it, or where they name nothing the key of its class. */
function keysOf(tree: Hdf5Tree, layers: readonly KerasLayer[]): Map<string, string> {
  const keys = classKeys(layers);
  for (const key of membersOf(tree, layersGroup)) {
    const name = textAttribute(tree, varsOf(key), 'name');
    if (name !== undefined) keys.set(name, key);
  }
  return keys;
}

/** The class in words, numbered from the second layer of the class on: `conv2d`, `conv2d_1`. */
function classKeys(layers: readonly KerasLayer[]): Map<string, string> {
  const seen = new Map<string, number>();
  const keys = new Map<string, string>();
  for (const { className, name } of layers) {
    const before = seen.get(className) ?? 0;
    seen.set(className, before + 1);
    keys.set(name, before === 0 ? inWords(className) : `${inWords(className)}_${before}`);
  }
  return keys;
}

/** A class name in Keras' snake case: `LeakyReLU` is `leaky_re_lu`. */
const inWords = (className: string): string =>
  className
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();

async function encode(model: WrittenModel, loss: ReturnType<typeof lossSetting>): Promise<Uint8Array> {
  const config = {
    ...modernConfig(model),
    ...(loss === null ? {} : { compile_config: { optimizer: 'adam', ...loss } }),
  };
  const weights = await writeHdf5((root) => writeWeights(root, model));
  const { zipSync, strToU8 } = await import('fflate');
  return zipSync(
    {
      [metadataFile]: strToU8(JSON.stringify({ keras_version: '3.0.0', date_saved: '1980-01-01@00:00:00' })),
      [configFile]: strToU8(JSON.stringify(config)),
      [weightsFile]: weights,
    },
    { level: 0, mtime: '1980-01-01T00:00:00' },
  );
}

function writeWeights(root: Hdf5Writer, { layers }: WrittenModel): void {
  const keys = classKeys(layers);
  const all = root.create_group(layersGroup);
  for (const { name, weights } of layers) {
    const vars = all.create_group(keys.get(name)!).create_group('vars');
    vars.create_attribute('name', name);
    for (const [i, values] of [...weights.values()].entries()) writeTensor(vars, String(i), values);
  }
  root.create_group('vars');
}
