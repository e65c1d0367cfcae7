import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type DatasetName, datasetNames, datasets, loadDataset, type Split } from '../../src/data/index.js';
import { createRandom, shuffle } from '../../src/util/random.js';
import { folderFrom } from '../support/environment.js';

const downloaded: readonly DatasetName[] = ['mnist', 'fashion-mnist', 'cifar-10'];

test('datasetNames are those of the command line', () => {
  const names = ['iris', 'digits', 'mnist', 'fashion-mnist', 'cifar-10', 'moon', 'circle', 'mult'];
  expect(datasetNames).toEqual(names);
});

describe.each(datasetNames.filter((name) => !downloaded.includes(name)))('loadDataset("%s")', (name) => {
  test.each<Split>(['train', 'test'])('has as many numbers as its facts say in its %s split', async (split) => {
    const { x, y, shape, count, classes } = await loadDataset(name, { split });
    expect(x.length).toBe(shape.reduce((a, b) => a * b, count));
    expect(y.length).toBe(count);
    expect(new Set(y)).toEqual(new Set(Array.from({ length: classes! }, (_, i) => i)));
  });

  test('gives the same samples each time', async () => {
    expect(await loadDataset(name, { limit: 20 })).toEqual(await loadDataset(name, { limit: 20 }));
  });

  test('is described in one line', () => expect(datasets[name].summary).toMatch(/^[^\n]{10,100}$/));
});

test('loadDataset(name, { limit }) gives the first samples of a stored dataset', async () => {
  const [all, some] = [await loadDataset('digits'), await loadDataset('digits', { limit: 7 })];
  expect(some).toEqual({ ...all, x: all.x.slice(0, 7 * 64), y: all.y.slice(0, 7), count: 7 });
  expect((await loadDataset('digits', { limit: 10_000 })).count).toBe(all.count);
});

test('loadDataset(name, { seed }) shuffles a stored dataset as NumPy does, then takes the first', async () => {
  const all = await loadDataset('iris');
  const order = Array.from({ length: all.count }, (_, i) => i);
  shuffle(order, createRandom(5));
  const some = await loadDataset('iris', { seed: 5, limit: 3 });
  expect([...some.y]).toEqual(order.slice(0, 3).map((i) => all.y[i]));
  expect([...some.x]).toEqual(order.slice(0, 3).flatMap((i) => [...all.x.subarray(4 * i, 4 * i + 4)]));
});

test.each([
  [{ limit: 0 }, 'limit'],
  [{ limit: 1.5 }, 'limit'],
  [{ seed: -1 }, 'seed'],
  [{ split: 'validation' as Split }, 'split'],
])('loadDataset refuses %o', async (options, name) => {
  const refused = { code: 'ERR_ARGUMENT', message: expect.stringMatching(`^${name}: expected`) };
  await expect(loadDataset('iris', options)).rejects.toMatchObject(refused);
});

test('loadDataset ends at once by a signal that was given before', async () => {
  const signal = AbortSignal.abort();
  await expect(loadDataset('iris', { signal })).rejects.toMatchObject({ code: 'ERR_ABORTED' });
});

test('loadDataset refuses names that it does not know, and names those it does', async () => {
  const message = expect.stringMatching(/^dataset: expected one of iris, digits, .* but received "mnits"/);
  await expect(loadDataset('mnits' as DatasetName)).rejects.toMatchObject({ code: 'ERR_ARGUMENT', message });
});

const folder = folderFrom('SECATEUR_DATA', 'the real images of MNIST, Fashion-MNIST and CIFAR-10');

describe.skipIf(folder === undefined)('the real images', () => {
  const countsOf = (y: ArrayLike<number>): number[] => {
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < y.length; i++) counts[y[i]!]!++;
    return counts;
  };
  /** Mean and standard deviation of every channel, scaled. */
  const statistics = (x: Float32Array | Uint8Array, channels: number, scale: number): [number, number][] =>
    Array.from({ length: channels }, (_, channel) => {
      let [sum, squares] = [0, 0];
      for (let i = channel; i < x.length; i += channels) {
        sum += x[i]!;
        squares += x[i]! * x[i]!;
      }
      const mean = sum / (x.length / channels);
      return [scale * mean, scale * Math.sqrt(squares / (x.length / channels) - mean * mean)];
    });
  const fourDecimals = (pairs: [number, number][]) => pairs.map((pair) => pair.map((value) => value.toFixed(4)));

  test('of MNIST have the known class counts, mean and deviation', async () => {
    const train = await loadDataset('mnist');
    expect(train).toMatchObject({ count: 60_000, shape: [28, 28, 1], scale: 1 / 255, classes: 10 });
    expect(countsOf(train.y)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    expect(fourDecimals(statistics(train.x, 1, train.scale))).toEqual([['0.1307', '0.3081']]);
    const held = await loadDataset('mnist', { split: 'test' });
    expect(countsOf(held.y)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  });

  test('of Fashion-MNIST have the known class counts, mean and deviation', async () => {
    const train = await loadDataset('fashion-mnist');
    expect(countsOf(train.y)).toEqual(new Array(10).fill(6000));
    expect(fourDecimals(statistics(train.x, 1, train.scale))).toEqual([['0.2860', '0.3530']]);
    const held = await loadDataset('fashion-mnist', { split: 'test' });
    expect(countsOf(held.y)).toEqual(new Array(10).fill(1000));
  });

  test('of CIFAR-10 have the known class counts, means and deviations of red, green and blue', async () => {
    const train = await loadDataset('cifar-10');
    expect(train).toMatchObject({ count: 50_000, shape: [32, 32, 3], scale: 1 / 255, classes: 10 });
    expect(countsOf(train.y)).toEqual(new Array(10).fill(5000));
    expect(fourDecimals(statistics(train.x, 3, train.scale))).toEqual([
      ['0.4914', '0.2470'],
      ['0.4822', '0.2435'],
      ['0.4465', '0.2616'],
    ]);
    // The first three bytes of the red plane of the first image and the last three of its blue one, as published.
    expect([0, 3, 6].map((i) => train.x[i])).toEqual([59, 43, 50]);
    expect([train.x[3065], train.x[3068], train.x[3071]]).toEqual([140, 84, 72]);
  });

  test('of CIFAR-10 keep each pixel when planes become channels', async () => {
    const held = await loadDataset('cifar-10', { split: 'test', limit: 3 });
    const file = gunzipSync(readFileSync(join(folder!, 'cifar-10', 'test_batch.bin.gz')));
    const record = file.subarray(2 * 3073, 3 * 3073);
    expect(held.y[2]).toBe(record[0]);
    for (const [row, column, channel] of [
      [0, 0, 0],
      [31, 31, 2],
      [7, 19, 1],
    ] as const) {
      const inFile = record[1 + channel * 1024 + row * 32 + column];
      expect(held.x[2 * 3072 + (row * 32 + column) * 3 + channel]).toBe(inFile);
    }
  });

  test('of CIFAR-10 are read only as far as limit asks', async () => {
    expect((await loadDataset('cifar-10', { limit: 5 })).x).toEqual(
      (await loadDataset('cifar-10')).x.slice(0, 5 * 3072),
    );
  });
});
