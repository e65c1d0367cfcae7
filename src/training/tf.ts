import type * as tfjs from '@tensorflow/tfjs';

/** The module @tensorflow/tfjs, loaded; @tensorflow/tfjs-node has the same exports. */
export type Tf = typeof tfjs;
export type Tensor = tfjs.Tensor;
export type Tensor4D = tfjs.Tensor4D;

/** Runs `work` and frees the tensors that it made and did not `keep`. */
export function scoped<T>(tf: Tf, work: () => T): T {
  tf.engine().startScope();
  try {
    return work();
  } finally {
    tf.engine().endScope();
  }
}
