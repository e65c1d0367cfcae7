import type { Tensor, Tf } from './tf.js';

/** The operations of the commonest layers and their gradients, which backends can do in one go. */
export interface Ops {
  /** Product of two matrices, each transposed first if asked. */
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor;
  /** `x` plus one number for each place of its last axis. */
  addBias(x: Tensor, bias: Tensor): Tensor;
  /** Sum over all axes but the last. */
  biasGradient(gradient: Tensor): Tensor;
  relu(x: Tensor): Tensor;
  /** The gradient where the relu's output is over 0, else 0. */
  reluGradient(gradient: Tensor, output: Tensor): Tensor;
}

/** The operations in tfjs' own words, for every backend. */
export function portableOps(tf: Tf): Ops {
  return {
    matMul: (a, b, transposeA = false, transposeB = false) => tf.matMul(a, b, transposeA, transposeB),
    addBias: (x, bias) => tf.add(x, bias),
    biasGradient: (gradient) => tf.sum(tf.reshape(gradient, [-1, gradient.shape.at(-1) ?? 1]), 0),
    relu: (x) => tf.relu(x),
    reluGradient: (gradient, output) => tf.mul(gradient, tf.step(output)),
  };
}

/** The quickest way to do them on the current backend. */
export function opsFor(tf: Tf): Ops {
  const tensorFlow = tensorFlowOf(tf);
  return tensorFlow === null ? portableOps(tf) : tensorFlowOps(tensorFlow);
}

type Attribute = { readonly name: string; readonly type: number; readonly value: unknown };

/** What is used of tfjs-node's backend: TensorFlow's operations by name. */
interface NodeBackend {
  readonly binding: Readonly<Record<string, number>>;
  executeMultipleOutputs(name: string, attributes: Attribute[], inputs: Tensor[], outputs: number): Tensor[];
}

/** Runs single TensorFlow operations. */
export interface TensorFlow {
  run(name: string, attributes: readonly Attribute[], inputs: readonly Tensor[], outputs?: number): Tensor;
  readonly type: (name: string) => Attribute;
  readonly flag: (name: string, value: boolean) => Attribute;
  readonly text: (name: string, value: string) => Attribute;
  readonly shape: (name: string, value: readonly number[]) => Attribute;
}

/** TensorFlow's operations if tfjs runs on TensorFlow, else null. Attributes of type `type` are float32. */
export function tensorFlowOf(tf: Tf): TensorFlow | null {
  if (tf.getBackend() !== 'tensorflow') return null;
  const backend = tf.backend() as unknown as NodeBackend;
  const { TF_ATTR_TYPE, TF_ATTR_BOOL, TF_ATTR_STRING, TF_ATTR_SHAPE, TF_FLOAT } = backend.binding;
  const attribute = (type: number | undefined) => (name: string, value: unknown) => ({ name, type: type ?? 0, value });
  return {
    run: (name, attributes, inputs, outputs = 1) =>
      backend.executeMultipleOutputs(name, [...attributes], [...inputs], outputs)[0] as Tensor,
    type: (name) => attribute(TF_ATTR_TYPE)(name, TF_FLOAT),
    flag: attribute(TF_ATTR_BOOL),
    text: attribute(TF_ATTR_STRING),
    shape: attribute(TF_ATTR_SHAPE),
  };
}

/** The same operations as one call of TensorFlow each: tfjs' own cost more than the arithmetic of a small batch. */
function tensorFlowOps({ run, type, flag }: TensorFlow): Ops {
  const types = [type('T')];
  return {
    matMul: (a, b, transposeA = false, transposeB = false) =>
      run('MatMul', [flag('transpose_a', transposeA), flag('transpose_b', transposeB), ...types], [a, b]),
    addBias: (x, bias) => run('BiasAdd', types, [x, bias]),
    biasGradient: (gradient) => run('BiasAddGrad', types, [gradient]),
    relu: (x) => run('Relu', types, [x]),
    reluGradient: (gradient, output) => run('ReluGrad', types, [gradient, output]),
  };
}
