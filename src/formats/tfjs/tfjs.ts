import { createHash } from 'node:crypto';
import { readdir, realpath, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, join, sep } from 'node:path';
import { writeFileAtomic } from '../../util/atomic.js';
import { SecateurError, unreadable } from '../../util/errors.js';
import { readRegularFile } from '../../util/files.js';
import { makeFolder } from '../../util/folders.js';
import type { ModelFormat } from '../format.js';
import { array, corrupt, object, parseJson, text } from '../keras/language/json.js';
import { lossSetting } from '../keras/language/legacy.js';
import { toKeras } from '../keras/language/write.js';
import type { TfjsArtifacts } from './artifacts.js';
import { fromArtifacts } from './read.js';
import { checkEntries, totalBytes } from './weights.js';
import { artifactsOf } from './write.js';

const maxJsonBytes = 64 * 2 ** 20;
const shardBytes = 4 * 2 ** 20;

/** tfjs LayersModels on disk: `model.json` and the shards of weights beside it. */
export const tfjs: ModelFormat = {
  name: 'tfjs',
  describe: 'tfjs LayersModel (model.json, or its folder)',
  recognizes: async (path) => extname(path) === '.json' || extname(path) === '' || (await isFolder(path)),
  files: async (path) => shardsAndModel(await modelFile(path)),
  read: async (path) => fromArtifacts(await readArtifacts(await modelFile(path))),
  write: async (network, path) => {
    const model = toKeras(network, 'tfjs');
    await writeArtifacts(artifactsOf(model, lossSetting(network)), await modelFile(path));
    return model.renamed;
  },
};

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

const modelFile = async (path: string): Promise<string> =>
  extname(path) === '.json' && !(await isFolder(path)) ? path : join(path, 'model.json');

/** @throws SecateurError as `ModelFormat.read`. */
async function readArtifacts(path: string): Promise<TfjsArtifacts> {
  const json = parseJson(path, await readRegularFile(path, maxJsonBytes));
  if (json.format === 'graph-model') {
    throw new SecateurError('ERR_MODEL_UNSUPPORTED', `${path}: it holds a tfjs graph model`, {
      hint: 'graph models cannot be taken apart into layers; save the model as a LayersModel',
    });
  }
  if (json.modelTopology === undefined) {
    throw new SecateurError('ERR_MODEL_UNSUPPORTED', `${path}: it holds no model: there is no modelTopology in it`);
  }
  const weightSpecs = [];
  const weightData = [];
  for (const value of array('weightsManifest', json.weightsManifest ?? [])) {
    const group = object('a group of weights', value);
    const entries = checkEntries(group.weights);
    weightData.push(await readShards(dirname(path), array('the paths of a group', group.paths), totalBytes(entries)));
    weightSpecs.push(...entries);
  }
  const { modelTopology, trainingConfig } = json as { modelTopology: object; trainingConfig?: object };
  return { modelTopology, weightSpecs, weightData, ...(trainingConfig ? { trainingConfig } : {}) };
}

async function shardsAndModel(path: string): Promise<string[]> {
  const { weightsManifest } = parseJson(path, await readRegularFile(path, maxJsonBytes));
  const groups = array('weightsManifest', weightsManifest ?? []).map((value) => object('a group of weights', value));
  const names = groups.flatMap(({ paths }) => array('the paths of a group', paths));
  const shards = names.map((name) => text('the path of a shard', name));
  for (const shard of shards) await contained(dirname(path), shard);
  return [...shards.map((shard) => join(dirname(path), shard)), path];
}

/** The bytes of one group. What the weights claim to take is believed only once the files are that long. */
async function readShards(folder: string, paths: readonly unknown[], wanted: number): Promise<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  let left = wanted;
  for (const path of paths) {
    const name = text('the path of a shard', path);
    const bytes = await readRegularFile(await contained(folder, name), left);
    parts.push(bytes);
    left -= bytes.length;
  }
  if (left !== 0) throw corrupt(`the shards ${JSON.stringify(paths)} end ${left} bytes before their weights`);
  return new Uint8Array(Buffer.concat(parts)).buffer;
}

/**
 * The real path of a shard. It must lie in the model's folder, symbolic links followed, and have no other name: a model
 * from a stranger must not read any other file.
 */
async function contained(folder: string, name: string): Promise<string> {
  const refuse = (reason: string) =>
    new SecateurError('ERR_MODEL_CORRUPT', `the shard ${JSON.stringify(name)} ${reason}`, {
      hint: 'the weights of a model must lie beside its model.json, as files of their own; do not trust this model',
    });
  const outside = refuse('is outside of the folder');
  if (isAbsolute(name) || /[\0\\]|^[a-z]:/i.test(name) || name.split('/').includes('..')) throw outside;
  const path = await realpath(join(folder, name)).catch((cause) => {
    throw unreadable(join(folder, name), cause);
  });
  if (!path.startsWith((await realpath(folder)) + sep)) throw outside;
  const found = await stat(path);
  if (found.isFile() && found.nlink > 1) throw refuse('has more names than one: it may be a file of elsewhere');
  return path;
}

/**
 * Shards are named after their content and written first, `model.json` last: whoever reads finds the old model or the
 * new one, also after a crash. The shards of the model that was there before go at the end.
 */
async function writeArtifacts(artifacts: ReturnType<typeof artifactsOf>, path: string): Promise<void> {
  const { modelTopology, trainingConfig, weightSpecs, weightData } = artifacts;
  const folder = dirname(path);
  const shards = splitShards(basename(path, '.json'), new Uint8Array(weightData));
  const manifest = {
    format: 'layers-model',
    generatedBy: 'secateur',
    convertedBy: null,
    modelTopology,
    weightsManifest: [{ paths: [...shards.keys()], weights: weightSpecs }],
    trainingConfig,
  };
  await makeFolder(folder);
  for (const [name, bytes] of shards) await writeFileAtomic(join(folder, name), bytes);
  await writeFileAtomic(path, JSON.stringify(manifest));
  await removeOldShards(folder, basename(path, '.json'), shards);
}

function splitShards(stem: string, data: Uint8Array): Map<string, Uint8Array> {
  const digest = createHash('sha256').update(data).digest('hex').slice(0, 8);
  const count = Math.max(1, Math.ceil(data.length / shardBytes));
  const parts = Array.from({ length: count }, (_, i) => data.subarray(i * shardBytes, (i + 1) * shardBytes));
  return new Map(parts.map((part, i) => [`${stem}-${digest}-shard${i + 1}of${count}.bin`, part]));
}

async function removeOldShards(folder: string, stem: string, current: ReadonlyMap<string, unknown>): Promise<void> {
  const isOurs = (name: string): boolean =>
    name.startsWith(`${stem}-`) && /^[0-9a-f]{8}-shard\d+of\d+\.bin$/.test(name.slice(stem.length + 1));
  const old = (await readdir(folder)).filter((name) => isOurs(name) && !current.has(name));
  await Promise.all(old.map((name) => rm(join(folder, name), { force: true })));
}
