import { expect, test } from 'vitest';
import { lowerProportion, upperProportion } from '../../src/util/binomial.js';
import { trinomial } from '../support/trinomial.js';

test('where nothing or everything succeeds, the bounds are roots of the tail', () => {
  for (const n of [1, 7, 100, 10_000]) {
    expect(upperProportion(0, n, 0.025)).toBeCloseTo(1 - 0.025 ** (1 / n), 12);
    expect(lowerProportion(n, n, 0.025)).toBeCloseTo(0.025 ** (1 / n), 12);
    expect([lowerProportion(0, n, 0.1), upperProportion(n, n, 0.1)]).toEqual([0, 1]);
  }
});

test('5 of 10 with 95 % are 0.1871 to 0.8129', () => {
  expect(lowerProportion(5, 10, 0.025)).toBeCloseTo(0.1871, 4);
  expect(upperProportion(5, 10, 0.025)).toBeCloseTo(0.8129, 4);
});

test.each([1, 5, 18, 40])('of %i trials: the bounds are wrong no more often than their tail says', (n) => {
  for (const tail of [0.5, 0.1, 0.01]) {
    for (let p = 0.02; p < 1; p += 0.07) {
      let [above, below] = [0, 0];
      for (let k = 0; k <= n; k++) {
        const chance = trinomial(n, [k, 0], [p, 0]);
        if (upperProportion(k, n, tail) < p) above += chance;
        if (lowerProportion(k, n, tail) > p) below += chance;
      }
      expect(Math.max(above, below)).toBeLessThanOrEqual(tail);
    }
  }
});

test('the bounds are those for which so few or many are exactly as likely as the tail', () => {
  for (const [k, n] of [
    [3, 20],
    [11, 40],
  ] as const) {
    const upper = upperProportion(k, n, 0.05);
    let chance = 0;
    for (let i = 0; i <= k; i++) chance += trinomial(n, [i, 0], [upper, 0]);
    expect(chance).toBeCloseTo(0.05, 12);
  }
});
