import { describe, expect, test } from 'vitest';
import { addBlock, emptyTally, estimate, type Tally } from '../../../src/ablation/adaptive/interval.js';
import { expectClose, tolerances } from '../../support/tolerance.js';

function tallyOf(changes: readonly number[]): Tally {
  const tally = emptyTally();
  for (const change of changes) addBlock(tally, change);
  return tally;
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const variance = (values: readonly number[]): number => {
  const mean = sumOf(values) / values.length;
  return sumOf(values.map((value) => (value - mean) ** 2)) / (values.length - 1);
};

/** Every way to draw two of the values. */
const pairs = <T>(values: readonly T[]): [T, T][] =>
  values.flatMap((a, i) => values.slice(i + 1).map((b): [T, T] => [a, b]));

const hard = [3, -4, 1];
const easy = [0.5, -1, 2, 0.25, 1.5];
const population = [hard.length, easy.length];

describe('estimate(tallies, population, quantile)', () => {
  test('is right on average over all draws', () => {
    const estimates = pairs(easy).map((drawn) => estimate([tallyOf(hard), tallyOf(drawn)], population, () => 1).sum);
    expectClose([sumOf(estimates) / estimates.length], [sumOf(hard) + sumOf(easy)], tolerances.double);
  });

  test('has the width of Cochran, with a block of the harder spread, and room for two hidden blocks', () => {
    for (const drawn of pairs(easy)) {
      const asked: number[] = [];
      const { halfWidth } = estimate([tallyOf(hard), tallyOf(drawn)], population, (degrees) => {
        asked.push(degrees);
        return 7;
      });
      const spread = (variance(drawn) + Math.max(variance(drawn), variance(hard))) / 2;
      const error = 5 * Math.sqrt(((1 - 2 / 5) * spread) / 2);
      expectClose([halfWidth!], [7 * error + 2 * 4], tolerances.double);
      expect(asked).toEqual([1]);
    }
  });

  test('adds degrees of freedom as Satterthwaite does, rounded down', () => {
    const strata = [hard, easy.slice(0, 4), easy.slice(1, 3)];
    const sizes = [3, 9, 8];
    const parts = [1, 2].map((i) => {
      const [own, n] = [strata[i]!, strata[i]!.length];
      const spread = ((n - 1) * variance(own) + Math.max(variance(own), variance(strata[i - 1]!))) / n;
      return { variance: (sizes[i]! ** 2 * (1 - n / sizes[i]!) * spread) / n, degrees: n - 1 };
    });
    const total = sumOf(parts.map((part) => part.variance));
    const weight = sumOf(parts.map((part) => part.variance ** 2 / part.degrees));
    const asked: number[] = [];
    estimate(strata.map(tallyOf), sizes, (degrees) => asked.push(degrees));
    expect(asked).toEqual([Math.floor(total ** 2 / weight)]);
  });

  test('is the sum itself once everything is measured', () => {
    expect(estimate([tallyOf(hard), tallyOf(easy)], population, () => Number.NaN)).toEqual({
      sum: sumOf(hard) + sumOf(easy),
      halfWidth: 0,
    });
  });

  test('knows no width where nothing differs, and takes strata without blocks', () => {
    const zeros = tallyOf([0, 0]);
    expect(estimate([tallyOf([0, 0, 0]), zeros], population, () => 1)).toEqual({ sum: 0, halfWidth: null });
    const none = estimate([tallyOf(hard), tallyOf([]), tallyOf(easy)], [3, 0, 5], () => 1);
    expect(none).toEqual({ sum: sumOf(hard) + sumOf(easy), halfWidth: 0 });
  });
});
