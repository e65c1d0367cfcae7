import { describe, expect, test } from 'vitest';
import { kendall, overlapOfLowest, spearman } from '../../src/metrics/index.js';
import { createRandom } from '../../src/util/random.js';
import { expectClose, tolerances } from '../support/tolerance.js';

const close = (actual: number | null, expected: number) =>
  expectClose([actual ?? Number.NaN], [expected], tolerances.double);

describe('spearman', () => {
  test('is 1 for the same order, -1 for the opposite one, whatever the numbers', () => {
    expect(spearman([1, 2, 3, 10], [-5, 0, 1, 2])).toBe(1);
    expect(spearman([1, 2, 3, 10], [4, 3, 2, 0])).toBe(-1);
  });

  test('without ties it is 1 - 6 sum d^2 / (n (n^2 - 1)), with d the differences of ranks', () => {
    // d = -2, 1, 1, 0, 0
    close(spearman([1, 2, 3, 4, 5], [30, 10, 20, 40, 50]), 1 - (6 * 6) / (5 * 24));
  });

  test('ties share their mean rank', () => {
    // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: Pearson is 4.5 / sqrt(4.5 * 5).
    close(spearman([0, 7, 7, 9], [1, 2, 3, 4]), 4.5 / Math.sqrt(4.5 * 5));
  });

  test('says nothing where all are equal, or there are fewer than two', () => {
    expect(spearman([1, 1, 1], [1, 2, 3])).toBeNull();
    expect(spearman([1], [2])).toBeNull();
    expect(spearman([], [])).toBeNull();
  });
});

describe('kendall', () => {
  test('counts pairs', () => {
    expect(kendall([1, 2, 3, 4], [5, 6, 7, 8])).toBe(1);
    expect(kendall([1, 2, 3, 4], [8, 7, 6, 5])).toBe(-1);
    // Of 10 pairs 8 agree and 2 do not.
    close(kendall([1, 2, 3, 4, 5], [3, 1, 2, 4, 5]), 6 / 10);
  });

  test('tied pairs count for neither and shrink the scale (tau-b)', () => {
    // Pairs: 5 agree, 1 tied in a; 5 / sqrt(5 * 6).
    close(kendall([0, 7, 7, 9], [1, 2, 3, 4]), 5 / Math.sqrt(5 * 6));
    expect(kendall([1, 1], [1, 2])).toBeNull();
  });
});

describe('both', () => {
  test('are symmetric and follow neither shifts nor scales', () => {
    const random = createRandom(8);
    const [a, b] = [0, 1].map(() => Array.from({ length: 30 }, () => random.integer(9))) as [number[], number[]];
    for (const measure of [spearman, kendall]) {
      const found = measure(a, b) as number;
      close(measure(b, a), found);
      close(
        measure(
          a.map((x) => 3 * x - 7),
          b,
        ),
        found,
      );
      close(
        measure(
          a.map((x) => -x),
          b,
        ),
        -found,
      );
    }
  });
});

describe('overlapOfLowest', () => {
  test('is the share of the lowest that are lowest in both', () => {
    const a = [1, 2, 3, 4, 5, 6, 7, 8];
    expect(overlapOfLowest(a, a, 0.25)).toBe(1);
    expect(overlapOfLowest(a, [1, 9, 2, 10, 11, 12, 13, 14], 0.25)).toBe(0.5);
    expect(overlapOfLowest(a, [...a].reverse(), 0.5)).toBe(0);
  });

  test('looks at one at least, and of equal ones at the first', () => {
    expect(overlapOfLowest([1, 2, 3], [1, 5, 4], 0.1)).toBe(1);
    expect(overlapOfLowest([0, 0, 0, 0], [4, 1, 2, 3], 0.25)).toBe(0);
    expect(overlapOfLowest([], [], 0.5)).toBeNull();
  });
});
