import { expect } from 'vitest';
import type { Network } from '../../src/network/index.js';
import { sizeOf } from '../../src/tensor/tensor.js';

/** How far two numbers of a family may lie apart: `absolute + relative * |expected|`. */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

/** Unit roundoffs: the largest relative error of rounding one number. */
export const halfUlp = { float32: 2 ** -24, float64: 2 ** -53 } as const;

/**
 * The tolerances, each with where it comes from. Tests take one by its family's name and never type a number of their
 * own.
 */
export const tolerances = {
  /** The same operations in the same order. */
  exact: { relative: 0, absolute: 0 },
  /** A double that was stored once as float32: half a unit in its last place; denormals round absolutely. */
  stored: { relative: halfUlp.float32, absolute: 2 ** -150 },
  /**
   * The same formula in double in another order. A sum of n terms is off by at most n * 2^-53 of the sum of their sizes;
   * test networks sum at most 2^10 terms a layer through at most 2^5 layers, values of size 1: 2^(10 + 5 - 53) is
   * 3.6e-12, and terms that cancel keep that error absolutely.
   */
  double: { relative: 2 ** -38, absolute: 2 ** -38 },
  /** Two numbers as near as `double` says, each rounded to float32 since: they may fall on neighbours. */
  doubleStored: { relative: 2 * halfUlp.float32 + 2 ** -38, absolute: 2 ** -38 },
  /** One elementary function in double: Math's are within 2 units in the last place, the formulas chain a few of them. */
  elementary: { relative: 8 * halfUlp.float64, absolute: 8 * halfUlp.float64 },
  /** Published numbers with 12 digits, computed in double. */
  printed: { relative: 1e-9, absolute: 1e-9 },
  /** Whole numbers that captum's epsilon of 1e-9 keeps a part of, in each of a few layers whose denominators are at least 1. */
  captumEpsilon: { relative: 1e-8, absolute: 1e-8 },
  /**
   * Sums of a map's numbers, each stored once as a float, against sums that were made before: 2^-24 of the size of the terms,
   * which cancel; those of test networks add up to at most 2^6 times what is left, or to 2^6.
   */
  mapSums: { relative: 2 ** -17, absolute: 2 ** -17 },
  /**
   * A gradient in float32 against one in double, relative to its largest number: as many roundings as the forward pass and
   * as many again, at most 2^10 terms in 2 * 2^4 layers, which add up like a random walk: 6 * sqrt(2^15) * 2^-24.
   */
  tfjsGradient: { relative: 6 * 2 ** 7.5 * halfUlp.float32, absolute: 0 },
  /** The complementary error function: `1 - series` where it is at least 0.157, 4 roundings of at most 2^-53 of 1. */
  erfc: { relative: 32 * halfUlp.float64, absolute: 0 },
  /** Numbers that others computed in double from the same closed-form weights, as the project promises to meet them. */
  vectors: { relative: 1e-9, absolute: 1e-12 },
  /** Numbers of libraries that compute in float32: sums of at most 2^5 terms, rounded one after the other. */
  torchPruning: { relative: 2 ** 5 * halfUlp.float32, absolute: 0 },
  /** Losses after a cut whose value was stored as float32: values and slopes are of size 1. */
  storedCut: { relative: 0, absolute: 2 * halfUlp.float32 },
  /**
   * A ratio of integrals of a smooth function by Simpson's rule with 2e4 steps: (b - a) / 180 h^4 |f''''| with h = 1e-4
   * and fourth derivatives up to 3e6 (that of cos^999) is below 2e-12 of the integral of a bulk and, a tail being steeper
   * where it is small, below 1e-8 of a tail.
   */
  integral: { relative: 1e-8, absolute: 0 },
  /** Mean loss after an ablation against a naive double computation, as the project promises it. */
  ablatedLoss: { relative: 2e-6, absolute: 0 },
  /** How near to an edge between two classes a change may be for its class to be open, as the project promises it. */
  classEdge: { relative: 0, absolute: 5e-7 },
} as const satisfies Record<string, Tolerance>;

/** The largest distance from `expected` that a tolerance grants. */
export function slack({ relative, absolute }: Tolerance, expected: number): number {
  return absolute + relative * Math.abs(expected);
}

/**
 * How far `terms` unrelated errors, zero on the mean and of at most size 1, may add up: to more than `6 sqrt(terms)` with a
 * probability of at most 2 exp(-6^2 / 2) = 3e-8 (Hoeffding), 3e-4 for ten thousand such sums together.
 */
export const randomWalk = (terms: number): number => 6 * Math.sqrt(terms);

/**
 * Error bound of a float32 forward pass through layers whose values are at most `scale` in size. Each layer rounds its
 * result and every partial sum of its dot products, each time by at most half a unit of `scale`, which add up like a random
 * walk. He-like random weights keep the sizes of values, so that an error passes on about as large as it came.
 */
export function float32Forward(network: Network, scale: number): Tolerance {
  return { relative: 0, absolute: float32Roundings(network) * Math.max(scale, 1) };
}

/** The same by which a number may be off on its way through all layers, as a share of their largest. */
export function float32Roundings(network: Network): number {
  const roundings = network.layers.map((layer) => {
    const terms = Object.values(layer.weights).map(({ shape }) => sizeOf(shape) / (shape.at(-1) ?? 1));
    return 1 + Math.max(0, ...terms);
  });
  return randomWalk(roundings.reduce((sum, n) => sum + n, 0)) * halfUlp.float32;
}

/**
 * For mean losses of trained networks, which may be tiny where scores are large: on top of what is promised, a loss is a
 * difference of scores, and each of the two that count was stored as float32.
 */
export function trainedLoss(largestScore: number): Tolerance {
  return { relative: tolerances.ablatedLoss.relative, absolute: 2 * halfUlp.float32 * largestScore };
}

/** Largest absolute value; 0 for no values. */
export const largest = (values: ArrayLike<number>): number => {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i] ?? 0));
  return most;
};

/** Fails with the first index that is too far off, both values and the distance granted. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: Tolerance,
  where = 'values',
): void {
  expect(actual.length, `${where}: length`).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i] as number, expected[i] as number];
    const near = Object.is(a, e) || Math.abs(a - e) <= slack(tolerance, e);
    if (!near) expect.fail(`${where}[${i}]: ${a} is not within ${slack(tolerance, e)} of ${e}`);
  }
}

/** By how much a number of size 1 is moved to measure a slope in double. */
export const differenceStep = 2 ** -17;

/**
 * Error of a slope by differences of losses of size `loss` in double: each loss is off by some 2^6 roundings of 2^-53, which
 * the step of 2^-17 magnifies to 2^-30; the cubic term is the square of the step, 2^-34, times a third derivative, for which
 * 2^10 is left.
 */
export const slopeBound = (loss: number): number => 2 ** -24 * (1 + Math.abs(loss));

/**
 * For numbers that follow from many float32 ones: `change` is how far they move when what they follow from moves by up to 8
 * roundings of a float, at most over a few random moves. Four times that is granted, since moves are few, and 2^6 roundings
 * of the largest number of the list, which chains of float32 operations leave where moves cancel.
 */
export const movedBy = (change: number, largestNumber: number): Tolerance => ({
  relative: 0,
  absolute: 4 * change + 2 ** 6 * halfUlp.float32 * largestNumber,
});
