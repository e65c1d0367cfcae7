import { expect, test } from 'vitest';
import { loadDataset, splitDataset } from '../../src/data/index.js';

// numpy.random.RandomState(2020).permutation(12), NumPy 2.
const permutation = [2, 1, 11, 4, 10, 5, 7, 9, 6, 3, 8, 0];

test('splitDataset takes the beginning of one permutation, and leaves its end', async () => {
  const data = await loadDataset('digits', { limit: 12 });
  const { first, rest } = splitDataset(data, { share: 0.15, seed: 2020 });
  const row = (i: number): number[] => [...data.x.subarray(64 * i, 64 * (i + 1))];
  expect([...first.x]).toEqual(permutation.slice(0, 2).flatMap(row));
  expect([...rest.x]).toEqual(permutation.slice(2).flatMap(row));
  expect([...first.y, ...rest.y]).toEqual(permutation.map((i) => data.y[i]));
  expect([first.count, rest.count]).toEqual([2, 10]);
});

test('splitDataset refuses shares that leave nothing', async () => {
  const data = await loadDataset('digits', { limit: 4 });
  for (const share of [0, 1, -0.1, 0.9, Number.NaN]) {
    expect(() => splitDataset(data, { share, seed: 0 })).toThrow(/^share: expected a number in \(0, 1\)/);
  }
  expect(() => splitDataset(data, { share: 0.5, seed: -1 })).toThrow(/^seed: /);
});
