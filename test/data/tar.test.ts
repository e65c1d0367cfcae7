import fc from 'fast-check';
import { expect, test } from 'vitest';
import { untar } from '../../src/data/tar.js';
import { SecateurError } from '../../src/util/errors.js';
import { tarFile } from '../support/tar.js';

const [one, two] = [Buffer.from('first'), Buffer.alloc(513, 2)];
const archive = tarFile([
  { name: 'set/', content: Buffer.alloc(0), type: '5' },
  { name: 'set/one.bin', content: one },
  { name: 'set/two.bin', content: two },
]);

test('untar(bytes) gives the files by their base names', () => {
  expect(untar(archive, 'a.tar')).toEqual(
    new Map([
      ['one.bin', one],
      ['two.bin', two],
    ]),
  );
});

test('untar(bytes) of an archive without its final zeros gives the files', () => {
  expect([...untar(archive.subarray(0, -1024), 'a.tar').keys()]).toEqual(['one.bin', 'two.bin']);
});

test.each([
  ['a damaged header', Buffer.from(archive).fill('X', 512, 513), /header at byte 512 is damaged/],
  ['an archive that was cut short', archive.subarray(0, 512 * 4), /cut short/],
  ['a size below zero', tarFile([{ name: 'a', content: one, size: -1024 }]), /cut short/],
])('untar(bytes) refuses %s', (_, bytes, message) => {
  expect(() => untar(bytes, 'a.tar')).toThrow(
    expect.objectContaining({ code: 'ERR_DATA', message: expect.stringMatching(message) }),
  );
});

test('untar(bytes) of changed bytes gives files or a SecateurError, and ends', () => {
  const change = fc.tuple(fc.nat(archive.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const bytes = Buffer.from(archive);
      for (const [at, value] of changes) bytes[at] = value;
      try {
        expect(untar(bytes, 'a.tar')).toBeInstanceOf(Map);
      } catch (error) {
        expect(error).toBeInstanceOf(SecateurError);
      }
    }),
  );
});
