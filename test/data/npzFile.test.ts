import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadNpz } from '../../src/data/index.js';
import { type NpyArray, writeNpy } from '../../src/tensor/npy.js';
import { writeNpz } from '../../src/tensor/npz.js';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secateur-'));
  path = join(folder, 'own.npz');
});

afterEach(() => rm(folder, { recursive: true }));

const save = (arrays: Record<string, NpyArray>) => writeFileSync(path, writeNpz(Object.entries(arrays)));
const x: NpyArray = { type: 'float32', shape: [2, 1, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
const y: NpyArray = { type: 'int64', shape: [2], data: BigInt64Array.of(1n, 0n) };

test('loadNpz(path) gives x, y, the number of samples and the shape of one', async () => {
  save({ x, y });
  const data = await loadNpz(path);
  expect(data).toEqual({ x: x.data, y: Int32Array.of(1, 0), scale: 1, shape: [1, 3], count: 2, layout: 'model' });
});

test('loadNpz(path, { scale }) leaves the numbers as they are and passes the scale on', async () => {
  save({ x: { type: 'uint8', shape: [2, 1], data: Uint8Array.of(0, 255) }, y });
  expect(await loadNpz(path, { scale: 1 / 255 })).toMatchObject({ x: Uint8Array.of(0, 255), scale: 1 / 255 });
});

test('loadNpz(path, { limit, seed }) shuffles with the seed, then takes the first ones', async () => {
  const count = 9;
  const numbers = Int32Array.from({ length: count }, (_, i) => i);
  save({
    x: { type: 'float32', shape: [count, 2], data: Float32Array.from({ length: 2 * count }, (_, i) => i) },
    y: { type: 'int32', shape: [count], data: numbers },
  });
  expect((await loadNpz(path, { limit: 4 })).y).toEqual(numbers.subarray(0, 4));
  // numpy.random.RandomState(3).permutation(9)
  const order = [6, 2, 7, 4, 5, 0, 3, 1, 8];
  const data = await loadNpz(path, { limit: 4, seed: 3 });
  expect(data.count).toBe(4);
  expect([...data.y]).toEqual(order.slice(0, 4));
  expect([...data.x]).toEqual(order.slice(0, 4).flatMap((i) => [2 * i, 2 * i + 1]));
});

describe('loadNpz(path) makes', () => {
  test('float64 into float32', async () => {
    save({ x: { type: 'float64', shape: [2, 1], data: Float64Array.of(0.1, Number.NaN) }, y });
    expect((await loadNpz(path)).x).toEqual(Float32Array.of(0.1, Number.NaN));
  });

  test.each<[NpyArray, Int32Array | Float32Array]>([
    [{ type: 'uint8', shape: [2], data: Uint8Array.of(3, 255) }, Int32Array.of(3, 255)],
    [{ type: 'bool', shape: [2], data: Uint8Array.of(0, 1) }, Int32Array.of(0, 1)],
    [{ type: 'int32', shape: [2, 1], data: Int32Array.of(-1, 7) }, Int32Array.of(-1, 7)],
    [{ type: 'uint64', shape: [2], data: BigUint64Array.of(5n, 6n) }, Int32Array.of(5, 6)],
    [{ type: 'float32', shape: [2], data: Float32Array.of(0.5, 1) }, Float32Array.of(0.5, 1)],
    [{ type: 'float64', shape: [2, 2], data: Float64Array.of(0.1, 1, 2, 3) }, Float32Array.of(0.1, 1, 2, 3)],
  ])('y of %o', async (array, expected) => {
    save({ x, y: array });
    expect((await loadNpz(path)).y).toEqual(expected);
  });
});

describe('loadNpz(path) refuses', () => {
  const large: NpyArray = { type: 'int64', shape: [2], data: BigInt64Array.of(0n, 2n ** 31n) };
  const oneHot: NpyArray = { type: 'int32', shape: [2, 2], data: Int32Array.of(0, 1, 1, 0) };
  test.each<[string, Record<string, NpyArray>, RegExp]>([
    ['files without y', { x, z: y }, /lacks the array y; its arrays: x, z/],
    ['integers as x', { x: y, y }, /array x: expected a first axis/],
    ['no samples', { x: { ...x, shape: [0, 3], data: new Float32Array() }, y }, /array x: .* shape \(0, 3\)/],
    ['integer inputs', { x: { ...y, shape: [2, 1] }, y }, /array x: expected float32, float64 or uint8 but .* int64/],
    ['booleans as x', { x: { type: 'bool', shape: [2, 1], data: Uint8Array.of(0, 1) }, y }, /but received bool/],
    ['another number of samples', { x, y: { ...y, shape: [1, 2] } }, /array y: expected a first axis of 2/],
    ['scalars as y', { x, y: { ...y, shape: [], data: BigInt64Array.of(1n) } }, /array y: .* shape \(\)/],
    ['one-hot rows', { x, y: oneHot }, /array y: expected one integer a sample but received int32 of shape \(2, 2\)/],
    ['classes beyond 32 bits', { x, y: large }, /y\[1\] is 2147483648/],
  ])('%s', async (_, arrays, message) => {
    save(arrays);
    const error = await loadNpz(path).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'ERR_DATA', message: expect.stringMatching(message) });
    expect(error).toMatchObject({ message: expect.stringContaining(path), hint: expect.stringMatching(/\w/) });
  });

  test('a single array, and says how several are written', async () => {
    writeFileSync(path, writeNpy(x));
    const error = await loadNpz(path).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'ERR_DATA', hint: expect.stringMatching(/\.npy file.*numpy\.savez/) });
  });

  test('files that are missing', async () => {
    await expect(loadNpz(path)).rejects.toMatchObject({
      code: 'ERR_IO',
      message: expect.stringContaining('no such file'),
    });
  });

  test('files beyond maxBytes, and options that are no numbers', async () => {
    save({ x, y });
    await expect(loadNpz(path, { maxBytes: 100 })).rejects.toMatchObject({ code: 'ERR_LIMIT' });
    await expect(loadNpz(path, { maxBytes: -1 })).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
    await expect(loadNpz(path, { limit: 0 })).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
    await expect(loadNpz(path, { seed: 2 ** 32 })).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
    await expect(loadNpz(path, { scale: Number.NaN })).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
  });
});
