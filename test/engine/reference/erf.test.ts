import { expect, test } from 'vitest';
import { erfc } from '../../../src/engine/reference/erf.js';
import { expectClose, tolerances } from '../../support/tolerance.js';

/** Computed with 30 decimal digits by mpmath. */
const table: readonly (readonly [number, number])[] = [
  [0, 1],
  [1e-10, 0.999999999887162],
  [0.25, 0.7236736098317631],
  [0.5, 0.4795001221869535],
  [0.99999, 0.1573033581667702],
  [1, 0.15729920705028513],
  [1.00001, 0.1572950560168215],
  [1.5, 0.033894853524689274],
  [2, 0.004677734981047266],
  [3, 2.209049699858544e-5],
  [-0.5, 1.5204998778130465],
  [-1, 1.842700792949715],
  [-3, 1.9999779095030015],
  [-6, 2],
];

/** Far out `e^(-x^2)` turns the rounding of `x^2` into a relative error of `x^2 2^-53`. */
const farOut: readonly (readonly [number, number])[] = [
  [5, 1.537459794428035e-12],
  [10, 2.088487583762545e-45],
  [25, 8.300172571196523e-274],
];

test('erfc agrees with 30 digits to 4e-15 of its value', () => {
  for (const [x, expected] of table) {
    expectClose([erfc(x)], [expected], tolerances.erfc, `erfc(${x})`);
  }
});

test('erfc keeps relative accuracy in the far tail', () => {
  for (const [x, expected] of farOut) {
    const relative = tolerances.erfc.relative * x * x;
    expectClose([erfc(x)], [expected], { relative, absolute: 0 }, `erfc(${x})`);
  }
  expect(erfc(40)).toBe(0);
});

test('erfc(x) and erfc(-x) sum up to 2', () => {
  for (let x = 0; x < 6; x += 0.01) expectClose([erfc(x) + erfc(-x)], [2], tolerances.elementary);
});
