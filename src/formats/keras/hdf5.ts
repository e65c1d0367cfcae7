import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { Tensor } from '../../tensor/tensor.js';
import { SecateurError } from '../../util/errors.js';
import { type Hdf5Answer, type Hdf5Problem, type Hdf5Request, type Hdf5Tree, joinPath } from './hdf5Tree.js';
import { corrupt } from './language/json.js';

type H5 = typeof import('h5wasm');
/** A file or group that is being written. */
export type Hdf5Writer = import('h5wasm').Group;

/** Compiled, whether this module is or is run from its source. */
const workerFile = new URL('../../../dist/formats/keras/hdf5Worker.js', import.meta.url);

/** Milliseconds after which a file counts as one that never ends: reading takes about one for 100 kB. */
const patience = (bytes: number): number => 3000 + bytes / 20_000;

async function loadH5wasm(): Promise<H5> {
  try {
    return await import('h5wasm');
  } catch (cause) {
    throw new SecateurError('ERR_BACKEND', 'Keras files need the package h5wasm, which is not there', {
      hint: 'npm install h5wasm@0.10.3',
      cause,
    });
  }
}

/**
 * Reads an HDF5 file that lies in memory.
 *
 * @param roots the groups below the root whose members are wanted.
 * @throws SecateurError ERR_MODEL_CORRUPT if it is none or damaged; ERR_BACKEND without h5wasm.
 */
export async function readHdf5(bytes: Uint8Array, roots: readonly string[]): Promise<Hdf5Tree> {
  await loadH5wasm();
  const answer = await ask({ bytes, roots });
  if ('problem' in answer) throw asError(answer.problem, '');
  return answer.tree;
}

async function ask(request: Hdf5Request): Promise<Hdf5Answer> {
  // HDF5 tells its own errors on stderr; ours say the same.
  const worker = new Worker(workerFile, { workerData: request, stderr: true, stdout: true });
  const late = corrupt('the HDF5 file is damaged: reading it does not end');
  try {
    return await new Promise<Hdf5Answer>((resolve, reject) => {
      const timer = setTimeout(() => reject(late), patience(request.bytes.length));
      const settle = (use: () => void) => () => {
        clearTimeout(timer);
        use();
      };
      worker.once('message', (answer: Hdf5Answer) => settle(() => resolve(answer))());
      worker.once('error', (cause) => settle(() => reject(damaged(cause)))());
      worker.once(
        'exit',
        settle(() => reject(damaged('its reader ended early'))),
      );
    });
  } finally {
    await worker.terminate();
  }
}

const damaged = (cause: unknown): SecateurError =>
  new SecateurError('ERR_MODEL_CORRUPT', 'the HDF5 file is damaged', { cause });

const asError = ({ code, message }: Hdf5Problem, where: string): SecateurError =>
  new SecateurError(code, `${where}${message}`);

/** The text of an attribute of the group at `path`, or undefined. */
export function textAttribute({ groups }: Hdf5Tree, path: string, name: string): string | undefined {
  const value = groups.get(path)?.get(name);
  return typeof value === 'string' ? value : undefined;
}

/** The texts of an attribute of the group at `path`, or undefined. */
export function textsAttribute({ groups }: Hdf5Tree, path: string, name: string): readonly string[] | undefined {
  const value = groups.get(path)?.get(name);
  return typeof value === 'object' ? value : undefined;
}

/**
 * The numbers at a path, as 32-bit floats.
 *
 * @throws SecateurError ERR_MODEL_CORRUPT if there are none, ERR_LIMIT for too many, ERR_MODEL_UNSUPPORTED if they are
 * no floats.
 */
export function tensorAt({ datasets }: Hdf5Tree, path: string): Tensor {
  const found = datasets.get(path);
  if (found === undefined) throw corrupt(`the weight "${path}" is missing`);
  if ('code' in found) throw asError(found, `weight "${path}": `);
  return found;
}

/** Names of the members of the group at `path`, in no order that means something. */
export function membersOf({ groups, datasets }: Hdf5Tree, path: string): string[] {
  const prefix = joinPath(path, '');
  return [...groups.keys(), ...datasets.keys()]
    .filter((member) => member.startsWith(prefix) && member !== path)
    .map((member) => member.slice(prefix.length))
    .filter((name) => !name.includes('/'));
}

/** The bytes of a new HDF5 file. @throws SecateurError ERR_BACKEND without h5wasm. */
export async function writeHdf5(fill: (root: Hdf5Writer) => void): Promise<Uint8Array> {
  const h5 = await loadH5wasm();
  const { FS: files } = await h5.ready;
  const path = `/${randomUUID()}.h5`;
  try {
    withoutClock(() => {
      const file = new h5.File(path, 'w');
      fill(file);
      file.close();
    });
    return files.readFile(path);
  } finally {
    files.unlink(path);
  }
}

/** HDF5 notes in the file when each member was made; at a fixed time, the same network gives the same bytes. */
function withoutClock(write: () => void): void {
  const { now } = Date;
  Date.now = () => 0;
  try {
    write();
  } finally {
    Date.now = now;
  }
}

/** Writes a tensor as a member of `group`. */
export function writeTensor(group: Hdf5Writer, name: string, { shape, data }: Tensor): void {
  group.create_dataset({ name, data: Float32Array.from(data), shape: [...shape], dtype: '<f' });
}

/** Writes a list of texts as Keras does: as bytes, all of the same length. */
export function writeTexts(group: Hdf5Writer, name: string, texts: readonly string[]): void {
  const length = Math.max(1, ...texts.map((text) => Buffer.byteLength(text)));
  group.create_attribute(name, [...texts], [texts.length], `S${length}`);
}
