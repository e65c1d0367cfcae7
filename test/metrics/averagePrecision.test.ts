import { describe, expect, test } from 'vitest';
import { averagePrecision } from '../../src/metrics/index.js';

describe('averagePrecision', () => {
  test('is the example of scikit-learn', () => {
    expect(averagePrecision([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).toBeCloseTo(0.5 * 1 + 0.5 * (2 / 3), 14);
  });

  test('of hard labels is precision * recall + (1 - recall) * prevalence', () => {
    // 3 of 4 positives told, and 1 of 6 others: precision 3/4, recall 3/4, prevalence 4/10.
    const predicted = [1, 1, 1, 0, 1, 0, 0, 0, 0, 0];
    const labels = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0];
    expect(averagePrecision(predicted, labels)).toBeCloseTo((3 / 4) * (3 / 4) + (1 / 4) * (4 / 10), 14);
  });

  test('is 1 for the right order, the prevalence for one and the same score, 0 without positives', () => {
    expect(averagePrecision([3, 2, 1], [1, 1, 0])).toBe(1);
    expect(averagePrecision([5, 5, 5, 5], [1, 0, 0, 0])).toBe(0.25);
    expect(averagePrecision([1, 2], [0, 0])).toBe(0);
  });
});
