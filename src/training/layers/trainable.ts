import type { LayerKind, LayerOf } from '../../network/index.js';
import type { Random } from '../../util/random.js';
import type { Ops } from '../ops.js';
import type { Tensor, Tf } from '../tf.js';

export type Weights = Readonly<Record<string, Tensor>>;

/** What a layer computes with. */
export interface Toolbox {
  readonly tf: Tf;
  readonly ops: Ops;
  /** For layers that draw lots; null when the network only answers and does not learn. */
  readonly learning: { readonly random: Random } | null;
}

/** What one layer did with one batch. The first axis of all tensors is the sample. */
export interface Pass {
  readonly output: Tensor;
  /** The gradients of the loss by the layer's weights and inputs, from that by its output. */
  readonly backward: (gradient: Tensor) => Gradients;
  /** Where the weights go that follow the data instead of the gradient. */
  readonly moves?: Readonly<Record<string, (old: Tensor) => Tensor>>;
}

export interface Gradients {
  /** One a input, computed when it is asked for: the network's input needs none. */
  readonly inputs: readonly (() => Tensor)[];
  /** Of the weights that learn, by name. */
  readonly weights: Weights;
}

/** How one layer kind learns. One file a kind. */
export interface Trainable<K extends LayerKind> {
  /** Weights that follow the data and have no gradient. */
  readonly fixed?: readonly string[];
  /** tfjs kernels that the gradient needs and that not every backend has. */
  readonly kernels?: readonly string[];
  readonly pass: (tools: Toolbox, layer: LayerOf<K>, inputs: readonly Tensor[], weights: Weights) => Pass;
}

/** The only input of a layer. */
export const only = (inputs: readonly Tensor[]): Tensor => inputs[0]!;

export type Formula<K extends LayerKind> = (
  tf: Tf,
  layer: LayerOf<K>,
  inputs: readonly Tensor[],
  weights: Weights,
) => Tensor;

/** A pass whose gradients tfjs derives from the formula, which it computes once more for that. */
export function derived<K extends LayerKind>(formula: Formula<K>): Trainable<K>['pass'] {
  return ({ tf }, layer, inputs, weights) => {
    const names = Object.keys(weights);
    const apply = (...tensors: Tensor[]): Tensor => {
      const byName = names.map((name, i) => [name, tensors[inputs.length + i]!] as const);
      return formula(tf, layer, tensors.slice(0, inputs.length), Object.fromEntries(byName));
    };
    const given = [...inputs, ...Object.values(weights)];
    return {
      output: apply(...given),
      backward: (gradient) => {
        // Copies have names of their own: an input that is taken twice would get both gradients twice.
        const copies = given.map((tensor) => tensor.clone());
        const gradients = tf.grads(apply)(copies, gradient);
        return {
          inputs: inputs.map((_, i) => () => gradients[i]!),
          weights: Object.fromEntries(names.map((name, i) => [name, gradients[inputs.length + i]!])),
        };
      },
    };
  };
}

/** The pass of a layer that only gives its input another shape. */
export const reshaped: Trainable<'flatten' | 'reshape'>['pass'] = ({ tf }, { outputShape }, inputs) => {
  const x = only(inputs);
  return {
    output: tf.reshape(x, [-1, ...outputShape]),
    backward: (gradient) => ({ inputs: [() => tf.reshape(gradient, x.shape)], weights: {} }),
  };
};

/** The pass of a layer that does nothing while it learns or answers. */
export function untouched(x: Tensor): Pass {
  return { output: x, backward: (gradient) => ({ inputs: [() => gradient], weights: {} }) };
}
