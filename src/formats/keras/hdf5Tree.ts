import type { Tensor } from '../../tensor/tensor.js';

/** What a reader wants of an HDF5 file, in plain data. */
export interface Hdf5Tree {
  /** By path, without a slash in front; the root is the empty path. */
  readonly groups: ReadonlyMap<string, Hdf5Attributes>;
  /** By path: the numbers, or why they cannot be had. */
  readonly datasets: ReadonlyMap<string, Tensor | Hdf5Problem>;
}

/** Attributes that are text or lists of texts; others are left out. */
export type Hdf5Attributes = ReadonlyMap<string, string | readonly string[]>;

export interface Hdf5Problem {
  readonly code: 'ERR_LIMIT' | 'ERR_MODEL_UNSUPPORTED' | 'ERR_MODEL_CORRUPT';
  readonly message: string;
}

/** What the reading thread is given, and what it answers. */
export interface Hdf5Request {
  readonly bytes: Uint8Array;
  /** The groups below the root whose members are wanted. */
  readonly roots: readonly string[];
}
export type Hdf5Answer = { readonly tree: Hdf5Tree } | { readonly problem: Hdf5Problem };

export const joinPath = (group: string, name: string): string => (group === '' ? name : `${group}/${name}`);
