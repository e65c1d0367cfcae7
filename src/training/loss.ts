import { losses } from '../metrics/index.js';
import type { LossHead, LossName } from '../network/index.js';

type Row = ArrayLike<number>;

/** Writes the gradient of one sample's loss by its scores. */
type RowGradient = (scores: Row, target: Row, gradient: Float32Array) => void;

const gradients: { readonly [L in LossName]: RowGradient } = {
  /** `softmax(z) - onehot(label)`; the largest logit is taken out, so that no logit is too large. */
  crossentropy: (scores, target, gradient) => {
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < scores.length; k++) largest = Math.max(largest, scores[k]!);
    let sum = 0;
    for (let k = 0; k < scores.length; k++) sum += Math.exp(scores[k]! - largest);
    for (let k = 0; k < scores.length; k++) {
      gradient[k] = Math.exp(scores[k]! - largest) / sum - Number(k === target[0]);
    }
  },
  /** `(sigmoid(z) - t) / outputs`. */
  'binary-crossentropy': (scores, target, gradient) => {
    for (let k = 0; k < scores.length; k++) {
      gradient[k] = (1 / (1 + Math.exp(-scores[k]!)) - target[k]!) / scores.length;
    }
  },
  /** `2 (z - t) / outputs`. */
  mse: (scores, target, gradient) => {
    for (let k = 0; k < scores.length; k++) gradient[k] = (2 * (scores[k]! - target[k]!)) / scores.length;
  },
};

/** Sums over the samples of a batch, in double. */
export interface BatchLoss {
  readonly lossSum: number;
  readonly correct: number;
}

/** Loss and right answers of a batch: `scores` and `targets` hold one row a sample. */
export function measureBatch(head: LossHead, scores: Float32Array, targets: readonly Row[]): BatchLoss {
  const { measure, correct } = losses[head.loss];
  const sums = { lossSum: 0, correct: 0 };
  for (const [i, target] of targets.entries()) {
    const row = scores.subarray(i * head.width, (i + 1) * head.width);
    sums.lossSum += measure(row, target);
    sums.correct += correct(row, target);
  }
  return sums;
}

/** The gradient of a batch's mean loss by its scores. */
export function lossGradient(head: LossHead, scores: Float32Array, targets: readonly Row[]): Float32Array {
  const gradient = new Float32Array(scores.length);
  for (const [i, target] of targets.entries()) {
    const [from, to] = [i * head.width, (i + 1) * head.width];
    gradients[head.loss](scores.subarray(from, to), target, gradient.subarray(from, to));
  }
  for (let i = 0; i < gradient.length; i++) gradient[i]! /= targets.length;
  return gradient;
}
