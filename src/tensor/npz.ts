import { zipSync } from 'fflate';
import { expectArguments } from '../util/arguments.js';
import { type NpyArray, readNpy, writeNpy } from './npy.js';
import { type UnzipOptions, unzip } from './zip.js';

/** The arrays of a `.npz` file by name. */
export type NpzArrays = ReadonlyMap<string, NpyArray>;

/** How to write a `.npz` file. */
export interface NpzWriteOptions {
  /** As NumPy's `savez_compressed`; default true. */
  readonly compress?: boolean;
}

const suffix = '.npy';
/** Zip cannot say less than this; a fixed time keeps equal arrays equal bytes. */
const zipEpoch = new Date(1980, 0, 1);

/**
 * Reads a `.npz` file as NumPy's `savez` and `savez_compressed` write it.
 *
 * @param name what error messages call the file.
 * @throws SecateurError ERR_DATA for damaged archives and arrays (see `readNpy`); ERR_LIMIT for more than `maxBytes`.
 */
export function readNpz(bytes: Uint8Array, name = 'npz', options: UnzipOptions = {}): NpzArrays {
  expectArguments({ bytes, name, options });
  const files = [...unzip(bytes, name, options)].filter(([file]) => file.endsWith(suffix));
  return new Map(
    files.map(([file, content]) => {
      const array = file.slice(0, -suffix.length);
      return [array, readNpy(content, `${name}: array ${JSON.stringify(array)}`)];
    }),
  );
}

/** Writes a `.npz` file; the same arrays give the same bytes on every machine of the same byte order. */
export function writeNpz(arrays: Iterable<[string, NpyArray]>, options: NpzWriteOptions = {}): Uint8Array {
  expectArguments({ arrays, options });
  const { compress = true } = options;
  const files = [...arrays].map(([name, array]) => [`${name}${suffix}`, writeNpy(array)] as const);
  return zipSync(Object.fromEntries(files), { level: compress ? 6 : 0, mtime: zipEpoch });
}
