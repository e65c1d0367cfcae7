import { describe, expect, test } from 'vitest';
import {
  binaryCrossEntropy,
  crossEntropy,
  isLargest,
  losses,
  meanSquaredError,
  rightSides,
} from '../../src/metrics/index.js';
import { expectClose, tolerances } from '../support/tolerance.js';

const close = (actual: number, expected: number): void => expectClose([actual], [expected], tolerances.elementary);

describe('crossEntropy', () => {
  test('crossEntropy of equal logits is the logarithm of their number', () => {
    close(crossEntropy([0, 0, 0, 0], 2), Math.log(4));
    close(crossEntropy([7.5, 7.5], 0), Math.LN2);
  });

  test('crossEntropy of [ln 1, ln 2, ln 5] is minus the logarithm of the share', () => {
    const logits = [0, Math.log(2), Math.log(5)];
    close(crossEntropy(logits, 0), Math.log(8));
    close(crossEntropy(logits, 1), Math.log(4));
    close(crossEntropy(logits, 2), Math.log(8 / 5));
  });

  test('crossEntropy takes logits of any size', () => {
    expect(crossEntropy([1e6, -1e6], 0)).toBe(0);
    expect(crossEntropy([1e6, -1e6], 1)).toBe(2e6);
    expect(crossEntropy([-1e6, -1e6 - 800], 0)).toBe(0);
    expect(crossEntropy([1e308, -1e308], 0)).toBe(0);
  });

  test('crossEntropy of a single class is 0', () => {
    expect(crossEntropy([123], 0)).toBe(0);
  });
});

describe('binaryCrossEntropy', () => {
  test('binaryCrossEntropy at logit 0 is ln 2 for every target', () => {
    for (const target of [0, 0.25, 1]) close(binaryCrossEntropy([0], [target]), Math.LN2);
  });

  test('binaryCrossEntropy is the mean over outputs of -t ln p - (1 - t) ln(1 - p)', () => {
    const logits = [Math.log(3), -Math.log(4)]; // p = 3/4 and 1/5
    close(binaryCrossEntropy(logits, [1, 0]), -(Math.log(3 / 4) + Math.log(4 / 5)) / 2);
    close(binaryCrossEntropy(logits, [0, 0.5]), -(Math.log(1 / 4) + (Math.log(1 / 5) + Math.log(4 / 5)) / 2) / 2);
  });

  test('binaryCrossEntropy takes logits of any size', () => {
    expect(binaryCrossEntropy([1e4, -1e4], [1, 0])).toBe(0);
    expect(binaryCrossEntropy([1e4, -1e4], [0, 1])).toBe(1e4);
  });
});

test('meanSquaredError is the mean over outputs', () => {
  expect(meanSquaredError([1, 2, 3, 4], [1, 0, 6, 4])).toBe((4 + 9) / 4);
});

describe('isLargest', () => {
  test('isLargest is true for the largest score alone', () => {
    const scores = [0.5, -1, 3, 2];
    expect([0, 1, 2, 3].map((label) => isLargest(scores, label))).toEqual([false, false, true, false]);
  });

  test('isLargest gives a tie to the first of equals', () => {
    const scores = [1, 4, 4, 4];
    expect([0, 1, 2, 3].map((label) => isLargest(scores, label))).toEqual([false, true, false, false]);
    expect([0, 1].map((label) => isLargest([0, -0], label))).toEqual([true, false]);
  });

  test('isLargest is false for a label whose score is not a number', () => {
    expect(isLargest([Number.NaN, 1], 0)).toBe(false);
  });
});

test('rightSides counts logits above 0 exactly where the target is at least one half', () => {
  expect(rightSides([2, -2, 0, 1e-30], [1, 0, 0, 0.5])).toBe(4);
  expect(rightSides([2, -2, 0, -1e-30], [0.4, 0.6, 1, 0.5])).toBe(0);
});

describe('losses', () => {
  test('losses.crossentropy reads the class from a row of one', () => {
    const row = new Int32Array([1]);
    expect(losses.crossentropy.measure([0, 2], row)).toBe(crossEntropy([0, 2], 1));
    expect(losses.crossentropy.correct([0, 2], row)).toBe(1);
    expect(losses.crossentropy.correct([2, 2], row)).toBe(0);
  });

  test('losses.mse calls nothing right', () => {
    expect(losses.mse.correct()).toBe(0);
  });
});
