import * as h5 from 'h5wasm';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import { type Hdf5Answer, type Hdf5Problem, type Hdf5Request, type Hdf5Tree, joinPath } from './hdf5Tree.js';

/** Bytes that all weights may take, unpacked: chunks can be packed far smaller than they are. */
const maxBytes = 2 ** 31;
/** Members of all groups: links can form circles. */
const maxMembers = 2 ** 17;

/** A tree under construction. */
interface Reading {
  readonly groups: Map<string, Map<string, string | readonly string[]>>;
  readonly datasets: Map<string, Tensor | Hdf5Problem>;
  members: number;
  bytes: number;
}

const problem = (code: Hdf5Problem['code'], message: string): Hdf5Problem => ({ code, message });

function readTree({ bytes, roots }: Hdf5Request, files: NonNullable<typeof h5.FS>): Hdf5Tree {
  files.writeFile('/model.h5', bytes);
  const file = new h5.File('/model.h5', 'r');
  if (file.file_id === -1n) throw new Error('it is no HDF5 file, or was cut short');
  try {
    const reading: Reading = { groups: new Map(), datasets: new Map(), members: 0, bytes: 0 };
    readGroup(file, '', reading, (name) => roots.includes(name));
    return { groups: reading.groups, datasets: reading.datasets };
  } finally {
    file.close();
  }
}

function readGroup(group: h5.Group, path: string, reading: Reading, wanted: (name: string) => boolean): void {
  reading.groups.set(path, attributesOf(group));
  for (const name of group.keys().filter(wanted)) {
    reading.members += 1;
    if (reading.members > maxMembers) throw new Error('its groups have no end');
    const member = group.get(name);
    const at = joinPath(path, name);
    if (member instanceof h5.Group) readGroup(member, at, reading, () => true);
    else if (member instanceof h5.Dataset) reading.datasets.set(at, readDataset(member, reading));
  }
}

function attributesOf(group: h5.Group): Map<string, string | readonly string[]> {
  const found = new Map<string, string | readonly string[]>();
  for (const [name, attribute] of Object.entries(group.attrs)) {
    const value = sizeOf(attribute.shape ?? []) === 0 ? [] : attribute.value;
    if (typeof value === 'string' || isTexts(value)) found.set(name, value);
  }
  return found;
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((text) => typeof text === 'string');

function readDataset(dataset: h5.Dataset, reading: Reading): Tensor | Hdf5Problem {
  const { shape, dtype } = dataset;
  if (shape === null) return problem('ERR_MODEL_CORRUPT', 'it is empty');
  if (dtype !== '<f' && dtype !== '<d') {
    return problem('ERR_MODEL_UNSUPPORTED', `it is stored as ${JSON.stringify(dtype)}; store weights as float32`);
  }
  reading.bytes += sizeOf(shape) * (dtype === '<d' ? 8 : 4);
  if (!(reading.bytes <= maxBytes))
    return problem('ERR_LIMIT', `with shape [${shape}] the weights take too much memory`);
  const { value } = dataset;
  const data = value instanceof Float64Array ? Float32Array.from(value) : value;
  return data instanceof Float32Array ? { shape, data } : problem('ERR_MODEL_CORRUPT', 'it cannot be read');
}

/**
 * Reads an HDF5 file of a stranger by HDF5's own library, in a WebAssembly sandbox that sees no disk, so that links to other
 * files lead nowhere. A damaged file can make it run for ever.
 */
export async function answerHdf5(request: Hdf5Request): Promise<Hdf5Answer> {
  try {
    const { FS: files } = await h5.ready;
    return { tree: readTree(request, files) };
  } catch (error) {
    return { problem: problem('ERR_MODEL_CORRUPT', `the HDF5 file is damaged: ${(error as Error).message}`) };
  }
}
