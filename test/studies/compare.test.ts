import { describe, expect, test } from 'vitest';
import { compare, countVerdicts } from '../../src/studies/compare.js';

const place = { table: 'table', row: 'dense_1', column: 'zero' };
const published = { mean: 10, std: 2, trials: 4 };

describe('compare', () => {
  test('counts the distance in standard errors of both samples together', () => {
    // Ours: mean 12, variance 4/1; the error is sqrt(4/4 + 2/2) = sqrt(2).
    const cell = compare(place, published, [11, 13]);
    expect(cell).toMatchObject({ ...place, published: 10, publishedStd: 2, ours: 12, trials: 2, verdict: 'inside' });
    expect(cell.std).toBeCloseTo(Math.SQRT2, 14);
    expect(cell.standardErrors).toBeCloseTo(2 / Math.sqrt(2), 14);
  });

  test('is inside up to three standard errors, near up to one published deviation, else outside', () => {
    const many = (mean: number): number[] => Array.from({ length: 100 }, (_, i) => mean + (i % 2 ? 0.1 : -0.1));
    const precise = { mean: 10, std: 2, trials: 10_000 };
    expect(compare(place, precise, many(10.06)).verdict).toBe('inside');
    expect(compare(place, precise, many(11.9)).verdict).toBe('near');
    expect(compare(place, precise, many(12.1)).verdict).toBe('outside');
  });

  test('gives a single run the spread of the other side', () => {
    expect(compare(place, published, [13]).standardErrors).toBeCloseTo(3 / Math.sqrt(4 / 4 + 4), 14);
    const single = { mean: 13, std: null, trials: 1 };
    expect(compare(place, single, [9, 11]).standardErrors).toBeCloseTo(-3 / Math.sqrt(2 + 2 / 2), 14);
  });

  test('takes what differs by roundings for one number', () => {
    const single = { mean: 99.87, std: null, trials: 1, band: 1 };
    const cell = compare(
      place,
      single,
      [0.1 + 0.2, 0.3, 0.3].map((value) => value * 333),
    );
    expect(cell).toMatchObject({ std: 0, standardErrors: null, verdict: 'inside' });
    expect(compare(place, single, [99.9, 99.9 + 1e-9]).std).toBeGreaterThan(0);
  });

  test('asks for a stated band alone', () => {
    const single = { mean: 0.973, std: null, trials: 1, band: 0.005 };
    expect(compare(place, single, [0.977]).verdict).toBe('inside');
    expect(compare(place, single, [0.967]).verdict).toBe('outside');
    expect(compare(place, { ...published, band: 1 }, [13, 7, 14]).verdict).toBe('outside');
  });

  test('does not judge what was not published, or what has no spread at all', () => {
    expect(compare(place, null, [1, 2])).toMatchObject({ published: null, ours: 1.5, verdict: 'not comparable' });
    const single = { mean: 1, std: null, trials: 1 };
    expect(compare(place, single, [2])).toMatchObject({ standardErrors: null, verdict: 'not comparable' });
    expect(compare(place, single, [1]).verdict).toBe('inside');
    expect(compare(place, { mean: 0, std: 0, trials: 50 }, [0, 0]).verdict).toBe('inside');
    expect(compare(place, { mean: 0, std: 0, trials: 50 }, [1, 1]).verdict).toBe('outside');
  });
});

test('countVerdicts counts each verdict', () => {
  const cells = [[10], [10], [100]].map((values) => compare(place, published, values));
  expect(countVerdicts([...cells, compare(place, null, [1])])).toEqual({
    inside: 2,
    near: 0,
    outside: 1,
    'not comparable': 1,
  });
});
