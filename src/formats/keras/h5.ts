import { extname } from 'node:path';
import type { Network } from '../../network/index.js';
import { writeFileAtomic } from '../../util/atomic.js';
import { SecateurError } from '../../util/errors.js';
import { maxFileBytes, readRegularFile } from '../../util/files.js';
import type { ModelFormat } from '../format.js';
import { naming } from '../problems.js';
import {
  type Hdf5Writer,
  readHdf5,
  tensorAt,
  textAttribute,
  textsAttribute,
  writeHdf5,
  writeTensor,
  writeTexts,
} from './hdf5.js';
import { type Hdf5Tree, joinPath } from './hdf5Tree.js';
import { dialectOf } from './language/dialect.js';
import { corrupt, parseJson } from './language/json.js';
import { legacyConfig, lossSetting } from './language/legacy.js';
import { modernConfig } from './language/modern.js';
import { fromKeras, type WeightSource } from './language/read.js';
import { readTopology } from './language/topology.js';
import { toKeras, type WrittenModel } from './language/write.js';
import { inOrder } from './weights.js';

const weightsGroup = 'model_weights';

/**
 * Keras' whole-model HDF5 files (`model.save('model.h5')`), of Keras 1 to 3. Written as Keras 2 writes them, which
 * Keras 3 reads too, but for functions that only Keras 3 has.
 */
export const kerasH5: ModelFormat = {
  name: 'keras-h5',
  describe: 'Keras HDF5 (NAME.h5, NAME.hdf5)',
  recognizes: (path) => ['.h5', '.hdf5'].includes(extname(path).toLowerCase()),
  read: async (path) => {
    const bytes = await readRegularFile(path, maxFileBytes);
    return naming(path, async () => readTree(await readHdf5(bytes, [weightsGroup])));
  },
  write: async (network, path) => {
    const { bytes, renamed } = await encode(network);
    await writeFileAtomic(path, bytes);
    return renamed;
  },
};

function readTree(tree: Hdf5Tree): Network {
  const config = textAttribute(tree, '', 'model_config');
  if (config === undefined || !tree.groups.has(weightsGroup)) {
    throw new SecateurError('ERR_MODEL_UNSUPPORTED', 'the file holds no whole model: model_config is missing in it', {
      hint: 'weights alone do not say what network they belong to; save with model.save(), not save_weights()',
    });
  }
  const training = textAttribute(tree, '', 'training_config');
  return fromKeras({
    topology: readTopology(parseJson('model_config', config)),
    dialect: dialectOf(textAttribute(tree, '', 'keras_version') ?? textAttribute(tree, weightsGroup, 'keras_version')),
    weights: weightsIn(tree),
    training: training === undefined ? undefined : parseJson('training_config', training),
  });
}

/** Each layer has a group of its name, whose `weight_names` are paths below it, in Keras' order. */
const weightsIn =
  (tree: Hdf5Tree): WeightSource =>
  (layer, names) => {
    if (Object.keys(names).length === 0) return {};
    const group = joinPath(weightsGroup, layer);
    const paths = textsAttribute(tree, group, 'weight_names');
    if (paths === undefined) throw corrupt(`the weights of layer "${layer}" are missing`);
    return inOrder(
      layer,
      names,
      paths.map((path) => () => tensorAt(tree, joinPath(group, path))),
    );
  };

/** How a version of Keras says a network, and the version that says so. */
const writers = [
  { dialect: 'keras2', version: '2.15.0', config: legacyConfig },
  { dialect: 'keras3', version: '3.0.0', config: modernConfig },
] as const;

interface Encoded extends Pick<WrittenModel, 'renamed'> {
  readonly bytes: Uint8Array;
}

/** In the words of Keras 2; in those of Keras 3 where only they can say it. */
async function encode(network: Network): Promise<Encoded> {
  const [legacy, modern] = writers;
  try {
    return await encodeBy(legacy, network);
  } catch (error) {
    if (!(error instanceof SecateurError) || error.code !== 'ERR_MODEL_UNSUPPORTED') throw error;
    return encodeBy(modern, network).catch(() => {
      throw error;
    });
  }
}

async function encodeBy({ dialect, version, config }: (typeof writers)[number], network: Network): Promise<Encoded> {
  const model = toKeras(network, dialect);
  const loss = lossSetting(network);
  const bytes = await writeHdf5((root) => {
    writeVersion(root, version);
    root.create_attribute('model_config', JSON.stringify(config(model)));
    if (loss !== null) root.create_attribute('training_config', JSON.stringify({ ...compiled, ...loss }));
    const weights = root.create_group(weightsGroup);
    writeVersion(weights, version);
    writeWeights(weights, model);
  });
  return { bytes, renamed: model.renamed };
}

function writeVersion(group: Hdf5Writer, version: string): void {
  group.create_attribute('keras_version', version);
  group.create_attribute('backend', 'tensorflow');
}

const compiled = {
  metrics: null,
  loss_weights: null,
  weighted_metrics: null,
  optimizer_config: { class_name: 'Adam', config: { learning_rate: 0.001, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 } },
};

function writeWeights(group: Hdf5Writer, { layers }: WrittenModel): void {
  writeTexts(
    group,
    'layer_names',
    layers.map(({ name }) => name),
  );
  for (const { name, weights } of layers) {
    const own = group.create_group(name);
    const names = [...weights.keys()].map((weight) => `${name}/${weight}:0`);
    writeTexts(own, 'weight_names', names);
    if (names.length === 0) continue;
    const inner = own.create_group(name);
    for (const [weight, values] of weights) writeTensor(inner, `${weight}:0`, values);
  }
}
