import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { drawToy, loadDataset, noisyToyTest, toySets } from '../../src/data/index.js';
import { folderFrom } from '../support/environment.js';
import { expectClose, halfUlp, largest, type Tolerance, tolerances } from '../support/tolerance.js';

type ToyName = keyof typeof toySets;

// Printed by NumPy 2 and scikit-learn's generators: data set, samples a class, seed, row, x0, x1, class.
const vectors = [
  ['moon', 1, 0, 0, 0.11227949188291289, 0.5302805219553082, 1],
  ['moon', 1, 0, 1, 1.0070859257945004, 0.007304142216313661, 0],
  ['circle', 5, 7, 0, -0.25840396426882534, -0.20534871398065838, 1],
  ['mult', 20, 7, 78, -0.04066686024347681, -0.9464951831286272, 3],
  ['mult', 20, 7, 79, 0.06352303966603716, -0.997980372267705, 3],
] as const;

test.each(vectors)('drawToy(%s) of %i a class with seed %i has the published row %i', (...vector) => {
  const [name, perClass, seed, row, x0, x1, label] = vector;
  const { x, y } = drawToy(toySets[name], perClass * toySets[name].classes, seed);
  expectClose(x.subarray(2 * row, 2 * row + 2), [x0, x1], tolerances.elementary);
  expect(y[row]).toBe(label);
});

test('noisyToyTest(moon) draws its noise afresh, noisyToyTest(mult) goes on in the same stream', () => {
  const moon = noisyToyTest(toySets.moon, 0.01, 0);
  expect([...moon.x.subarray(0, 4)]).toEqual([0.332799137, -0.0555393808, 0.735600948, -0.492015928].map(Math.fround));
  const mult = noisyToyTest(toySets.mult, 0.3, 7);
  expect([...mult.x.subarray(28, 32)]).toEqual([-0.273436517, 0.729179382, 0.050342869, -0.25917834].map(Math.fround));
  expect(mult).toMatchObject({ count: 500, classes: 4, shape: [2] });
});

test('drawToy(mult) with one sample a class puts all four at the origin', () => {
  expect(largest(drawToy(toySets.mult, 4, 11).x)).toBe(0);
});

test('drawToy(mult) gives samples that do not divide by four to the first arms', () => {
  expect([...drawToy(toySets.mult, 6, 0).y]).toEqual([0, 0, 1, 1, 2, 3]);
});

test('loadDataset of a toy set draws as many samples as limit says, with seed', async () => {
  const loaded = await loadDataset('circle', { limit: 10, seed: 3 });
  expect(loaded).toMatchObject({ count: 10, classes: 2, scale: 1, shape: [2], split: 'train' });
  expect(loaded.x).toEqual(Float32Array.from(drawToy(toySets.circle, 10, 3).x));
  expect((await loadDataset('circle')).count).toBe(2000);
});

test('loadDataset of a toy set tests on 500 samples of the next seed', async () => {
  const held = await loadDataset('mult', { split: 'test', seed: 4 });
  expect(held.x).toEqual(Float32Array.from(drawToy(toySets.mult, 500, 5).x));
});

test.each([0, -1, 1.5])('drawToy refuses to draw %d samples', (samples) => {
  expect(() => drawToy(toySets.moon, samples, 0)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
});

test('drawToy refuses to draw more than a million samples', async () => {
  expect(drawToy(toySets.mult, 1_000_000, 0).y.length).toBe(1_000_000);
  await expect(loadDataset('mult', { limit: 1_000_001 })).rejects.toMatchObject({ code: 'ERR_LIMIT' });
});

test.each([-1, 2 ** 32 - 1])('noisyToyTest refuses seed %d', (seed) => {
  expect(() => noisyToyTest(toySets.moon, 0.1, seed)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
});

/** The published checksums, each with the sum of its terms' sizes, for the error of summing. */
function checksums(x: ArrayLike<number>): { sums: number[]; sizes: number[] } {
  const sums = [0, 0, 0, 0];
  const sizes = [0, 0, 0, 0];
  for (let row = 0; row < x.length / 2; row++) {
    const [x0, x1] = [x[2 * row]!, x[2 * row + 1]!];
    [x0, x1, x0 * x0 + x1 * x1, (row + 1) * (x0 + 2 * x1)].forEach((term, i) => {
      sums[i]! += term;
      sizes[i]! += Math.abs(term);
    });
  }
  return { sums, sizes };
}

/** Half a unit of the last of the printed digits, and one rounding of each addition. */
const printedSum = (digits: number, additions: number, size: number): Tolerance => ({
  relative: 10 ** (1 - digits) / 2,
  absolute: additions * halfUlp.float64 * size,
});

function expectChecksums(x: ArrayLike<number>, published: number[], digits: number, where: string): void {
  const { sums, sizes } = checksums(x);
  sums.forEach((sum, i) => {
    expectClose([sum], [published[i]!], printedSum(digits, x.length, sizes[i]!), `${where} sum ${i}`);
  });
}

const reference = folderFrom('SECATEUR_REFERENCE', 'published samples of the toy sets');

describe.skipIf(reference === undefined)('every published sample', () => {
  const rowsOf = (file: string): [ToyName, ...number[]][] =>
    readFileSync(join(reference!, 'lrp-toy', file), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','))
      .map(([name, ...numbers]) => [name as ToyName, ...numbers.map(Number)]);

  test('drawToy has the 672 rows of the vectors', () => {
    const rows = rowsOf('sample_vectors.csv');
    expect(rows.length).toBe(672);
    for (const [name, perClass, seed, row, x0, x1, label] of rows) {
      const { x, y } = drawToy(toySets[name], perClass! * toySets[name].classes, seed!);
      expectClose(x.subarray(2 * row!, 2 * row! + 2), [x0!, x1!], tolerances.elementary, `${name} ${seed} ${row}`);
      expect(y[row!]).toBe(label);
    }
  });

  test('drawToy has the checksums of all 1200 reference sets', () => {
    const rows = rowsOf('sample_checksums.csv');
    expect(rows.length).toBe(1200);
    for (const [name, perClass, seed, count, ...published] of rows) {
      const { x, y } = drawToy(toySets[name], perClass! * toySets[name].classes, seed!);
      expect(y.length).toBe(count);
      expectChecksums(x, published, 12, `${name} ${perClass} ${seed}`);
    }
  });

  test('noisyToyTest has the 288 rows of the noisy vectors, to the bit', () => {
    const rows = rowsOf('noisy_vectors.csv');
    expect(rows.length).toBe(288);
    for (const [name, sigma, seed, row, x0, x1, label] of rows) {
      const { x, y } = noisyToyTest(toySets[name], sigma!, seed!);
      expect([...x.subarray(2 * row!, 2 * row! + 2), y[row!]]).toEqual([Math.fround(x0!), Math.fround(x1!), label]);
    }
  });

  test('noisyToyTest has the checksums of all 450 noisy test sets', () => {
    const rows = rowsOf('noisy_checksums.csv');
    expect(rows.length).toBe(450);
    for (const [name, sigma, seed, count, ...published] of rows) {
      const noisy = noisyToyTest(toySets[name], sigma!, seed!);
      expect(noisy.count).toBe(count);
      expectChecksums(noisy.x, published, 10, `${name} ${sigma} ${seed}`);
    }
  });

  test('loadDataset("circle") is the published training file', async () => {
    const { x, y } = await loadDataset('circle', { seed: 0 });
    const rows = rowsOf(join('data', 'circle_train.csv')).map((row) => row.map(Number));
    expect([...x]).toEqual(rows.flatMap(([x0, x1]) => [Math.fround(x0!), Math.fround(x1!)]));
    expect([...y]).toEqual(rows.map((row) => row[2]));
  });
});
