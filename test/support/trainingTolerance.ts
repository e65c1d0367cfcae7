import type { Tolerance } from './tolerance.js';

/** How far numbers of a training may lie apart, each with where it comes from. */
export const trainingTolerances = {
  /**
   * A slope by central differences against a gradient in float32, relative to the largest slope that a gradient of its
   * length allows. Weights move by 2^-13 of their length: the cubic term is about 2^-26; float32 sums of 2^10 terms
   * are off by 2^-14. What counts are bends: one that a unit of one of six samples passes on the way changes the slope
   * of that unit by all of it for a part of the way. A gradient that is wrong is off by more than a tenth.
   */
  slope: { relative: 2 ** -7, absolute: 2 ** -24 },
  /**
   * A weight after one step of size 1 along its gradient: two float32 gradients whose sums of at most 2^10 terms run in
   * another order; the sums' errors, sqrt(2^10) * 6 half units, are relative to the gradient's largest entry.
   */
  step: { relative: 6 * 2 ** 5 * 2 ** -24, absolute: 2 ** -20 },
  /** Losses of the first 100 steps against tfjs, as the project promises them. */
  stepLoss: { relative: 0, absolute: 1e-5 },
  /** The mean loss of an epoch against tfjs, as the project promises it. */
  epochLoss: { relative: 0, absolute: 1e-4 },
  /** A formula of ten float32 operations on numbers of size 1 against the same in double. */
  formula: { relative: 10 * 2 ** -24, absolute: 10 * 2 ** -24 },
  /** Ten steps of such a formula, each on the result of the one before. */
  tenSteps: { relative: 100 * 2 ** -24, absolute: 100 * 2 ** -24 },
  /** The mean square of 4096 numbers that are 4/3 with probability 3/4, else 0: five standard errors of 0.012. */
  dropoutSquare: { relative: 0, absolute: 0.06 },
} as const satisfies Record<string, Tolerance>;

/** By which share of its length a weight is moved to measure a slope. */
export const slopeStep = 2 ** -13;
