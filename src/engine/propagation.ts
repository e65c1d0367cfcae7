import type { LayerId, LossHead } from '../network/index.js';
import type { LabelledSamples } from './labelled.js';

/** Which part of a number counts: `x`, `max(x, 0)`, `min(x, 0)`, `|x|`, `x^2`, 1. */
export type Part = 'signed' | 'positive' | 'negative' | 'absolute' | 'square' | 'one';

/** A part of the weights, or `w + gamma max(w, 0)` (of `positive`), `w + gamma min(w, 0)` (of `negative`). */
export type WeightPart = Part | { readonly gamma: number; readonly of: 'positive' | 'negative' };

/**
 * A way in which inputs and weights are multiplied: `z_j = sign * (sum_i part(x_i) part(w_ij) + part(b_j))`. An input of
 * `{ minus }` is `x_i` less that number; what padding adds around an image stays 0.
 */
export interface Product {
  readonly input: Part | { readonly minus: number };
  readonly weight: WeightPart;
  readonly bias: WeightPart | 'none';
  readonly sign: 1 | -1;
}

/**
 * How a denominator is kept away from 0. `signed`: `z + epsilon` for `z >= 0` and `z - epsilon` for `z < 0`;
 * `plain`: `z + epsilon`.
 */
export interface Stabiliser {
  readonly epsilon: number;
  readonly stabiliser: 'signed' | 'plain';
}

/**
 * One share of what a layer hands back, with `z_j` the sum over `products`:
 * `R_i += factor * sum over products of sign * part(x_i) * sum_j part(w_ij) * R_j / stabilised(z_j)`.
 */
export interface Share extends Stabiliser {
  readonly products: readonly Product[];
  readonly factor: number;
  /** Only outputs whose `x w + b` is at least 0 (`positive`), or less (`negative`). Default: all. */
  readonly outputs?: 'positive' | 'negative';
}

/**
 * How one layer hands the signal at its output back to its inputs.
 *
 * `gradient`: the true derivative. At a kink `relu`, `relu6`, `hardSigmoid` and the clip of `hardSwish` have slope 0,
 * `leakyRelu` has `alpha`, `elu` and `selu` the slope from the right; of equal largest values the first under a pooling
 * window takes all. The moments of a batch normalisation are constants.
 *
 * `pass`: layers that only decide where numbers go hand the signal on unchanged; every activation, softmax too, counts as
 * such. The winner under a max pooling takes all (of equals the first); average poolings and `add` share in proportion to
 * the part `part` of each contribution, `R_i = part(c_i) R_j / stabilised(sum of part(c))` (`c` a branch, or a value
 * divided by the number of positions), and `multiply` in equal parts. A layer with weights hands on unchanged too, which
 * wants as many inputs as outputs.
 *
 * `shares`: for layers with weights. A batch normalisation counts as diagonal weights
 * `gamma / sqrt(variance + epsilon)` with bias `beta - mean * weight`.
 *
 * A denominator that is exactly 0 passes 0; where it would have passed something (`R_j` is not 0) it counts as dead.
 */
export type BackwardRule =
  | { readonly type: 'gradient' }
  | ({ readonly type: 'pass'; readonly part: 'signed' | 'absolute' } & Stabiliser)
  | { readonly type: 'shares'; readonly shares: readonly Share[] };

/**
 * The signal at `head.scores` for each sample: the gradient of its own loss; `1 / head.width` everywhere; 1 for its label,
 * or for its largest score (of equals the first), else 0; the same with that score instead of 1. Starts by label want
 * a loss by class.
 */
export type Start = 'loss' | 'uniform' | 'label' | 'prediction' | 'label-logit' | 'prediction-logit';

/** All starts. */
export const starts = [
  'loss',
  'uniform',
  'label',
  'prediction',
  'label-logit',
  'prediction-logit',
] as const satisfies readonly Start[];

/**
 * Where and what is summed: for each sample and channel of the layer's output
 * `s = sum over positions of r` (`one`) or of `a r` (`activation`), `r` the signal there and `a` the layer's output.
 */
export interface Tap {
  readonly layer: LayerId;
  readonly times: 'one' | 'activation';
}

export interface PropagationJob {
  readonly samples: LabelledSamples;
  readonly head: LossHead;
  readonly start: Start;
  /** One for each layer, by its id. Only layers with weights take `shares`. */
  readonly rules: readonly BackwardRule[];
  readonly taps: readonly Tap[];
  /** Layers whose whole signal is wanted. */
  readonly maps: readonly LayerId[];
  /** Layers with weights whose gradients are wanted: from them to the scores every rule must be `gradient`. */
  readonly weightGradients: readonly LayerId[];
  /** Whether the squares of the gradients of single samples are wanted too. */
  readonly squaredGradients: boolean;
  /** Layers with nodes whose {@link PropagationResult.weightedSquares} are wanted; rules as above. */
  readonly weightedSquares: readonly LayerId[];
  /** Whether `layers` of the result are wanted. They alone send the signal nowhere: it goes as far as the rest wants it. */
  readonly totals: boolean;
  readonly signal?: AbortSignal;
}

/** Sums over samples of `s`, `|s|` and `s^2` of a {@link Tap}, by channel. */
export interface TapSums {
  readonly sum: Float64Array;
  readonly absolute: Float64Array;
  readonly square: Float64Array;
}

/**
 * Gradients by the name of the weight (`kernel`, `bias`, `gamma`, `beta`; moments have none), in its layout: sums over
 * samples of `dloss_s / dw`, and of its square if that was asked for.
 */
export interface WeightGradients {
  readonly layer: LayerId;
  readonly gradients: Readonly<Record<string, Float64Array>>;
  readonly squares: Readonly<Record<string, Float64Array>> | null;
}

/** Lists are in the order of the job's. Layers that the scores do not depend on have signal 0. */
export interface PropagationResult {
  readonly taps: readonly TapSums[];
  /** `[count, ...shape]`, the signal at each layer's output. */
  readonly maps: readonly (Float32Array | Float64Array)[];
  readonly weights: readonly WeightGradients[];
  /**
   * For each node the sum over samples and the weights `w` of its kernel of `(w dloss_s / dw)^2`. Engines need not keep a
   * number for each weight for that, which is most of what it costs to ask for the squares.
   */
  readonly weightedSquares: readonly Float64Array[];
  /**
   * By layer id, or empty if they were not wanted: `total` is the sum over samples of the signal at its output, `dead` how
   * many denominators of the layer were 0 and lost what came to them; 0 where the signal did not come.
   */
  readonly layers: readonly { readonly total: number; readonly dead: number }[];
}

/** `done` counts samples. `result` is the last event. */
export type PropagationEvent =
  | { readonly type: 'progress'; readonly done: number }
  | ({ readonly type: 'result' } & PropagationResult);

/** Sums over samples and positions, by channel of a layer's output. */
export interface ActivationSums {
  /** Numbers in each channel: samples times positions. */
  readonly count: number;
  readonly sum: Float64Array;
  readonly absolute: Float64Array;
  readonly square: Float64Array;
  /** How many numbers are exactly 0. */
  readonly zeros: Float64Array;
  /** Sums over samples of `sqrt(sum over positions of a^2)`. */
  readonly norm: Float64Array;
}
