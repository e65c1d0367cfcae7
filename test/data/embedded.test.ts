import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type DatasetName, loadDataset } from '../../src/data/index.js';

const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);
const countsOf = (y: Iterable<number>, classes: number): number[] =>
  [...y].reduce((counts, label) => counts.with(label, counts[label]! + 1), new Array<number>(classes).fill(0));

async function bothSplits(name: DatasetName) {
  return [await loadDataset(name), await loadDataset(name, { split: 'test' })] as const;
}

// The sums were taken with NumPy from scikit-learn's load_digits() and load_iris().
test('loadDataset("digits") holds the 1797 images of load_digits', async () => {
  const splits = await bothSplits('digits');
  expect(splits.map(({ count }) => count)).toEqual([1442, 355]);
  expect(sum(splits.map(({ x }) => sum(x)))).toBe(561718);
  const counts = splits.map(({ y }) => countsOf(y, 10));
  expect(counts[0]!.map((n, digit) => n + counts[1]![digit]!)).toEqual([
    178, 182, 177, 183, 181, 182, 181, 179, 174, 180,
  ]);
  const [train] = splits;
  expect(train).toMatchObject({ name: 'digits', split: 'train', scale: 1 / 16, shape: [8, 8, 1], classes: 10 });
  expect(train.x).toBeInstanceOf(Uint8Array);
  expect([...train.x.subarray(0, 8)]).toEqual([0, 0, 5, 13, 9, 1, 0, 0]);
  expect([...train.y.subarray(0, 5)]).toEqual([0, 1, 2, 3, 4]);
});

test('loadDataset("iris") holds the 150 flowers of load_iris, 40 and 10 of each kind', async () => {
  const splits = await bothSplits('iris');
  expect(splits.map(({ y }) => countsOf(y, 3))).toEqual([
    [40, 40, 40],
    [10, 10, 10],
  ]);
  const [train, held] = splits;
  expect([...train.x.subarray(0, 4)]).toEqual([5.1, 3.5, 1.4, 0.2].map(Math.fround));
  expect([...held.x.subarray(0, 4)]).toEqual([5, 3.6, 1.4, 0.2].map(Math.fround));
  const tenths = splits.flatMap(({ x }) => [...x]).map((value) => Math.round(value * 10));
  expect(sum(tenths)).toBe(8765 + 4586 + 5637 + 1799);
});

test('the embedded files are the ones that were checked against scikit-learn', () => {
  const hashOf = (file: string) =>
    createHash('sha256')
      .update(readFileSync(new URL(`../../assets/${file}`, import.meta.url)))
      .digest('hex');
  expect(hashOf('digits.npz')).toBe('9566ca75ada441725084d4c6433acfc5d9651d8b5c01e0f32bbebcf7aaaee86e');
  expect(hashOf('iris.npz')).toBe('4b34cab7e7ea2716d53343ded81638984995155cde73566f4a89dacf70381997');
});
