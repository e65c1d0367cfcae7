import { expect, describe as group, test } from 'vitest';
import { describe } from '../../src/report/index.js';
import { expectClose, tolerances } from '../support/tolerance.js';

group('describe(values)', () => {
  test('gives what pandas gives', () => {
    // 2, 4, 4, 4, 5, 5, 7, 9: mean 40 / 8, squares 32, so std is the root of 32 / 7; quartiles at ranks 1.75, 3.5, 5.25.
    const { std, ...rest } = describe([9, 2, 4, 5, 4, 7, 4, 5]);
    expect(rest).toEqual({ count: 8, mean: 5, min: 2, '25%': 4, '50%': 4.5, '75%': 5.5, max: 9 });
    expectClose([std ?? 0], [Math.sqrt(32 / 7)], tolerances.elementary);
  });

  test('interpolates percentiles linearly', () => {
    expect(describe([10, 20, 30, 40])).toMatchObject({ '25%': 17.5, '50%': 25, '75%': 32.5 });
  });

  test('has no standard deviation of one number', () => {
    const all = { mean: 3, min: 3, '25%': 3, '50%': 3, '75%': 3, max: 3 };
    expect(describe(Float32Array.of(3))).toEqual({ count: 1, std: null, ...all });
  });

  test('refuses no numbers', () => {
    expect(() => describe([])).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
  });
});
