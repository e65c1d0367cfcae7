import { losses } from '../metrics/index.js';
import type { LossHead } from '../network/index.js';

type Row = ArrayLike<number>;

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
    const from = i * head.width;
    gradient.set(losses[head.loss].gradient(scores.subarray(from, from + head.width), target), from);
  }
  for (let i = 0; i < gradient.length; i++) gradient[i]! /= targets.length;
  return gradient;
}
