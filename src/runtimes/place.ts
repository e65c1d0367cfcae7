import { mkdtemp, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { type FormatName, filesOf, formatOf, loadModel, type RenamedLayers, saveModel } from '../formats/index.js';
import { type Network, networkDigest } from '../network/index.js';
import { expectArguments } from '../util/arguments.js';
import { writeFileAtomic } from '../util/atomic.js';
import { SecateurError, unwritable } from '../util/errors.js';
import { installFiles } from '../util/install.js';
import { type CheckOptions, checkFile, type FileCheck } from './check.js';

/** A model that lies on disk. */
export interface Placed {
  readonly format: FormatName;
  /** Bytes of all its files. */
  readonly bytes: number;
  /** Digest of the network that its files are read back as: formats have their own ways to say the same. */
  readonly digest: string;
  readonly check: FileCheck;
  /** Layers that have other names in the file, because the format does not take theirs. */
  readonly renamed: RenamedLayers;
}

/** Texts that lie beside the model, by what is added to its path: `.plan.json`. */
export type Beside = Readonly<Record<string, string>>;

/** Bytes of all files of a model. @throws SecateurError ERR_IO if one is not there. */
export async function modelBytes(path: string): Promise<number> {
  const sizes = await Promise.all((await filesOf(path)).map(async (file) => (await stat(file)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * Writes a model so that nobody ever finds a wrong one: into a folder beside its place, where the format's own runtime runs
 * it, and then, with what lies beside it, into place. If anything fails, everything is as it was.
 *
 * @param options how it is checked; `beside` says what else is written, given what came of the model.
 * @throws SecateurError ERR_GATE if the format's runtime computes something else; ERR_IO, ERR_MODEL_UNSUPPORTED; ERR_ABORTED.
 */
export async function placeModel(
  network: Network,
  path: string,
  options: CheckOptions & { readonly beside?: (placed: Placed) => Beside | Promise<Beside> } = {},
): Promise<Placed> {
  expectArguments({ network, path, options });
  const place = resolve(path);
  const staging = await makeStaging(dirname(place));
  const staged = join(staging, basename(place));
  try {
    const renamed = await saveModel(network, staged);
    const check = await checkFile(staged, network, options);
    const digest = networkDigest(await loadModel(staged));
    const placed = { format: await formatOf(staged), bytes: await modelBytes(staged), digest, check, renamed };
    const texts = Object.entries((await options.beside?.(placed)) ?? {});
    for (const [ending, text] of texts) await writeFileAtomic(staged + ending, text);
    const old = await filesOf(place).catch(() => []);
    const files = (await filesOf(staged)).map((file) => relative(staging, file));
    await installFiles(staging, dirname(place), [...texts.map(([ending]) => basename(place) + ending), ...files]);
    await removeOthers(old, new Set(files.map((file) => join(dirname(place), file))));
    return placed;
  } catch (error) {
    throw error instanceof SecateurError ? asOfPlace(error, staged, place) : error;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function makeStaging(folder: string): Promise<string> {
  try {
    return await mkdtemp(join(folder, '.secateur-'));
  } catch (cause) {
    throw unwritable(folder, cause as NodeJS.ErrnoException, folder);
  }
}

/** What goes wrong with a staged file is told of the place that it was for: the other is gone when it is read. */
function asOfPlace(error: SecateurError, staged: string, place: string): SecateurError {
  if (!error.message.includes(staged)) return error;
  const { code, message, hint, cause } = error;
  return new SecateurError(code, message.replaceAll(staged, place), {
    ...(hint === undefined ? {} : { hint }),
    cause,
  });
}

/** The shards of the model that was there before: nothing names them any more. */
const removeOthers = (old: readonly string[], current: ReadonlySet<string>): Promise<unknown> =>
  Promise.all(old.filter((file) => !current.has(file)).map((file) => rm(file, { force: true })));
