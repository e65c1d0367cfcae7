import { changedSides, isLargest, predictedClass, rightSides } from './accuracy.js';
import { binaryCrossEntropy, binaryCrossEntropyGradient } from './binaryCrossEntropy.js';
import { crossEntropy, crossEntropyGradient } from './crossEntropy.js';
import { meanSquaredError, meanSquaredErrorGradient } from './meanSquaredError.js';

export { averagePrecision } from './averagePrecision.js';
export { kendall } from './kendall.js';
export { overlapOfLowest } from './overlap.js';
export { spearman } from './spearman.js';
export { binaryCrossEntropy, crossEntropy, isLargest, meanSquaredError, rightSides };

/** A loss as shared code sees it: the target of every sample is a row of numbers, a class is a row of one. */
export interface Loss {
  /** Whether targets are classes, one a sample; else there is one number for each score. */
  readonly byClass: boolean;
  /** The loss of one sample. */
  readonly measure: (scores: ArrayLike<number>, target: ArrayLike<number>) => number;
  /** The gradient of that loss by the scores. */
  readonly gradient: (scores: ArrayLike<number>, target: ArrayLike<number>) => Float64Array;
  /** What one sample adds to the count of right answers; 0 where nothing is right or wrong. */
  readonly correct: (scores: ArrayLike<number>, target: ArrayLike<number>) => number;
  /** How many predictions of one sample differ from those of other scores; 0 where nothing is right or wrong. */
  readonly flips: (scores: ArrayLike<number>, others: ArrayLike<number>) => number;
}

/** Every loss by its name. */
export const losses = {
  crossentropy: {
    byClass: true,
    measure: (logits, target) => crossEntropy(logits, target[0]!),
    gradient: (logits, target) => crossEntropyGradient(logits, target[0]!),
    correct: (logits, target) => Number(isLargest(logits, target[0]!)),
    flips: (logits, others) => Number(predictedClass(logits) !== predictedClass(others)),
  },
  'binary-crossentropy': {
    byClass: false,
    measure: binaryCrossEntropy,
    gradient: binaryCrossEntropyGradient,
    correct: rightSides,
    flips: changedSides,
  },
  mse: {
    byClass: false,
    measure: meanSquaredError,
    gradient: meanSquaredErrorGradient,
    correct: () => 0,
    flips: () => 0,
  },
} as const satisfies Record<string, Loss>;
