import { expect, test } from 'vitest';
import { readIdx } from '../../src/data/idx.js';
import { idxFile } from '../support/idx.js';

const pixels = Uint8Array.of(1, 2, 3, 4, 5, 6);

test('readIdx(bytes) gives the shape and the bytes', () => {
  expect(readIdx(idxFile([1, 2, 3], pixels), 3, 'images')).toMatchObject({ shape: [1, 2, 3] });
  expect([...readIdx(idxFile([6], pixels), 1, 'labels').data]).toEqual([1, 2, 3, 4, 5, 6]);
  expect(readIdx(idxFile([6], pixels), 1, 'labels').data.constructor).toBe(Uint8Array);
});

test.each([
  ['other numbers of axes', idxFile([2, 3], pixels), /magic number is 2050, not 2051/],
  ['numbers that are no bytes', idxFile([1, 2, 3], pixels, 13), /magic number is 3331/],
  ['too few bytes', idxFile([1, 2, 3], pixels).subarray(0, -1), /needs 6 bytes, the file has 5/],
  ['too many bytes', idxFile([1, 1, 3], pixels), /needs 3 bytes, the file has 6/],
  ['files that end within the header', idxFile([1, 2, 3], pixels).subarray(0, 15), /at least 16 bytes, not 15/],
])('readIdx(bytes) refuses %s', (_, bytes, message) => {
  expect(() => readIdx(bytes, 3, 'images')).toThrow(
    expect.objectContaining({ code: 'ERR_DATA', message: expect.stringMatching(message) }),
  );
});

test('readIdx(bytes) refuses sizes beyond 2^53', () => {
  const bytes = idxFile([2 ** 32 - 1, 2 ** 32 - 1, 9], pixels);
  expect(() => readIdx(bytes, 3, 'images')).toThrow(expect.objectContaining({ code: 'ERR_LIMIT' }));
});
