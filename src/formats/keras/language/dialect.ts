/**
 * Who speaks: tfjs, Keras up to version 2, or Keras 3. They use the same words for the same layers but for a few, and
 * `hard_sigmoid` is another function for Keras 3.
 */
export type Dialect = 'tfjs' | 'keras2' | 'keras3';

/** The dialect of a model that this version of Keras saved; a missing version is an old one. */
export function dialectOf(version: unknown): Dialect {
  return Number.parseInt(String(version), 10) >= 3 ? 'keras3' : 'keras2';
}
