import { losses } from '../../metrics/index.js';
import type { LossHead } from '../../network/index.js';
import type { Start } from '../propagation.js';

type StartSignal = (scores: Float64Array, target: ArrayLike<number>, head: LossHead) => Float64Array;

const firstOfLargest = (scores: Float64Array): number => scores.indexOf(scores.reduce((a, b) => Math.max(a, b)));

/** `value` at `chosen`, else 0. */
const onlyAt = (scores: Float64Array, chosen: number, value: number): Float64Array =>
  scores.map((_, k) => (k === chosen ? value : 0));

/** The signal at the scores of one sample; see `Start`. */
export const startSignals: { readonly [S in Start]: StartSignal } = {
  loss: (scores, target, { loss }) => losses[loss].gradient(scores, target),
  uniform: (scores) => scores.map(() => 1 / scores.length),
  label: (scores, target) => onlyAt(scores, target[0]!, 1),
  prediction: (scores) => onlyAt(scores, firstOfLargest(scores), 1),
  'label-logit': (scores, target) => onlyAt(scores, target[0]!, scores[target[0]!]!),
  'prediction-logit': (scores) => onlyAt(scores, firstOfLargest(scores), scores[firstOfLargest(scores)]!),
};
