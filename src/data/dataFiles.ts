import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { writeFileAtomic } from '../util/atomic.js';
import { SecateurError } from '../util/errors.js';
import { readRegularFile } from '../util/files.js';
import { makeFolder } from '../util/folders.js';
import { type DownloadOptions, download, type RemoteFile } from './download.js';

/** A dataset's files on the net. */
export interface Remote extends RemoteFile {
  /** What is stored of it, by file name; by default the file as it is. */
  readonly contents?: (bytes: Uint8Array) => Promise<ReadonlyMap<string, Uint8Array>>;
}

/** Where datasets lie, each in a folder of its name. */
export interface DataFolders {
  /** `SECATEUR_DATA`: the user's own copies, used as they are; undefined if not set. */
  readonly given: string | undefined;
  /** `SECATEUR_CACHE`, else `secateur` in the user's cache folder: what was downloaded. */
  readonly cache: string;
}

const largestFile = 2 ** 28;

/** Reads the environment at every call, so that programs may set it. */
export function dataFolders(): DataFolders {
  const { SECATEUR_DATA: given, SECATEUR_CACHE, XDG_CACHE_HOME } = process.env;
  const cache = SECATEUR_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'secateur');
  return { given: given || undefined, cache };
}

/**
 * The content of a dataset's file, unpacked: from `SECATEUR_DATA`, from the cache, or downloaded into the cache.
 *
 * @param name the official file name, without `.gz`.
 * @throws SecateurError ERR_IO if it is nowhere to be had; ERR_DATA if it is a broken `.gz`; ERR_ABORTED.
 */
export async function readDataFile(
  dataset: string,
  name: string,
  remote: Remote,
  options: DownloadOptions,
): Promise<Uint8Array> {
  const { given, cache } = dataFolders();
  const folder = join(cache, dataset);
  const local = (given && (await readLocal(join(given, dataset), name))) || (await readLocal(folder, name));
  if (local) return local;
  await store(dataset, folder, remote, options);
  const stored = await readLocal(folder, name);
  if (stored) return stored;
  throw new SecateurError('ERR_DATA', `${remote.file} does not contain ${name}`);
}

/** Unpacks `.gz` content; datasets of this size never have more than 256 MiB in one file. */
export async function unpackGzip(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: largestFile });
  } catch (cause) {
    const hint = 'Remove the file, so that it is fetched again.';
    throw new SecateurError('ERR_DATA', `${name}: the gzip file is damaged`, { hint, cause });
  }
}

async function readLocal(folder: string, name: string): Promise<Uint8Array | undefined> {
  const plain = await readIfThere(join(folder, name));
  if (plain !== undefined) return plain;
  const path = join(folder, `${name}.gz`);
  const packed = await readIfThere(path);
  return packed && unpackGzip(packed, path);
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readRegularFile(path);
  } catch (error) {
    const { code = '' } = ((error as SecateurError).cause ?? {}) as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR'].includes(code)) return undefined;
    throw error;
  }
}

async function store(dataset: string, folder: string, remote: Remote, options: DownloadOptions): Promise<void> {
  const partial = join(folder, `${remote.file}.part`);
  try {
    await makeFolder(folder);
    const bytes = await download(remote, partial, options);
    const files = remote.contents ? await remote.contents(bytes) : new Map([[remote.file, bytes]]);
    for (const [file, content] of files) await writeFileAtomic(join(folder, file), content);
    await rm(partial, { force: true });
  } catch (cause) {
    throw withAdvice(cause, dataset, remote);
  }
}

function withAdvice(cause: unknown, dataset: string, { file, urls }: Remote): SecateurError {
  if (cause instanceof SecateurError && cause.code !== 'ERR_IO') return cause;
  const hint =
    `Without a connection, put ${file} from ${urls[0]} (unpacked if it is an archive) into a folder ${dataset} and ` +
    'let SECATEUR_DATA name the folder above it; SECATEUR_CACHE moves the cache.';
  return new SecateurError('ERR_IO', `dataset ${dataset}: ${(cause as Error).message}`, { hint, cause });
}
