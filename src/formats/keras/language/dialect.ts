import type { NameRule } from '../../names.js';

/**
 * Who speaks: tfjs, Keras up to version 2, or Keras 3. They use the same words for the same layers but for a few, and
 * `hard_sigmoid` is another function for Keras 3.
 */
export type Dialect = 'tfjs' | 'keras2' | 'keras3';

/** Keras refuses slashes; a layer called `.` would be the group that it stands in, in HDF5. */
const kerasNames: NameRule = { accepts: /^(?!\.+$)[^/]+$/, foreign: /[^\w.-]/g };

/** By dialect: the names of layers that it takes. TensorFlow.js makes names of tensors of them. */
export const layerNames: { readonly [D in Dialect]: NameRule } = {
  tfjs: { accepts: /^[a-z\d][\w./-]*$/i, foreign: /[^\w./-]/g },
  keras2: kerasNames,
  keras3: kerasNames,
};

/** The dialect of a model that this version of Keras saved; a missing version is an old one. */
export function dialectOf(version: unknown): Dialect {
  return Number.parseInt(String(version), 10) >= 3 ? 'keras3' : 'keras2';
}
