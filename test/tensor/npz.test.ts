import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NpyArray } from '../../src/tensor/npy.js';
import { readNpz, writeNpz } from '../../src/tensor/npz.js';
import { SecateurError } from '../../src/util/errors.js';
import { folderFrom } from '../support/environment.js';
import { npyFile } from '../support/npy.js';
import { expectClose, tolerances } from '../support/tolerance.js';
import { zipFile } from '../support/zip.js';

const twoFloats = npyFile({
  descr: "'<f4'",
  shape: '(1, 2)',
  content: new Uint8Array(Float32Array.of(0.5, 1.5).buffer),
});
const failing = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

// numpy.savez(file, x=numpy.array([[.5, 1.5]], 'f4')) and numpy.savez_compressed of the same, by NumPy 2.4.
const savez =
  'UEsDBC0AAAAAAAAAIQCK6bX///////////8FABQAeC5ucHkBABAAiAAAAAAAAACIAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxmNCcsICdm' +
  'b3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgxLCAyKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg' +
  'ICAgICAgICAgICAgICAKAAAAPwAAwD9QSwECLQMtAAAAAAAAACEAium1/4gAAACIAAAABQAAAAAAAAAAAAAAgAEAAAAAeC5ucHlQSwUGAAAAAAEA' +
  'AQAzAAAAvwAAAAAA';
const savezCompressed =
  'UEsDBC0AAAAIAAAAIQCK6bX///////////8FABQAeC5ucHkBABAAiAAAAAAAAABOAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Ce' +
  'll9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GoY6CkaaOgq1CmQDLgYGBnsGhgP2AFBLAQItAy0AAAAIAAAAIQCK6bX/TgAAAIgAAAAFAAAAAAAA' +
  'AAAAAACAAQAAAAB4Lm5weVBLBQYAAAAAAQABADMAAACFAAAAAAA=';

test.each([
  ['savez', savez],
  ['savez_compressed', savezCompressed],
])('readNpz(bytes) reads what numpy.%s wrote', (_, base64) => {
  expect(readNpz(Buffer.from(base64, 'base64'))).toEqual(
    new Map([['x', { type: 'float32', shape: [1, 2], data: Float32Array.of(0.5, 1.5) }]]),
  );
});

describe('writeNpz(arrays)', () => {
  const arrays: [string, NpyArray][] = [
    ['dense_1/kernel', { type: 'float32', shape: [2, 1], data: Float32Array.of(3, -4) }],
    ['9', { type: 'int32', shape: [], data: Int32Array.of(7) }],
  ];

  test.each([true, false])('comes back from readNpz, compress %s', (compress) => {
    expect([...readNpz(writeNpz(arrays, { compress }))]).toEqual(arrays);
  });

  test('makes the same bytes at any time', () => {
    expect(writeNpz(arrays)).toEqual(writeNpz(arrays));
    const dayAndTime = Buffer.from(writeNpz(arrays)).readUInt32LE(10);
    expect(dayAndTime).toBe(0x00210000);
  });
});

describe('readNpz(bytes) unpacks', () => {
  test('archives with a comment and files that are no arrays', () => {
    const bytes = zipFile(
      [
        { name: 'readme.txt', content: Buffer.from('hello') },
        { name: 'x.npy', content: twoFloats },
      ],
      'hi',
    );
    expect([...readNpz(bytes).keys()]).toEqual(['x']);
  });

  test('names that would leave the folder as plain names', () => {
    expect([...readNpz(zipFile([{ name: '../../x.npy', content: twoFloats }])).keys()]).toEqual(['../../x']);
  });

  test('an empty archive as no arrays', () => {
    expect(readNpz(zipFile([])).size).toBe(0);
  });
});

describe('readNpz(bytes) refuses', () => {
  const x = { name: 'x.npy', content: twoFloats };
  test.each([
    ['bytes that are no archive', Buffer.from('not a zip at all, but long enough'), /no zip archive/],
    ['nothing', new Uint8Array(), /the file is empty/],
    ['repeated names', zipFile([x, x]), /two files are called "x.npy"/],
    ['wrong checksums', zipFile([{ ...x, checksum: 1 }]), /checksum/],
    ['sizes that are not true', zipFile([{ ...x, size: 1 }]), /checksum/],
    ['encryption', zipFile([{ ...x, flags: 1 }]), /encrypted/],
    ['other methods', zipFile([{ ...x, method: 12 }]), /method 12/],
    ['zip64', zipFile([{ ...x, size: 0xffffffff }]), /zip64/],
    ['headers elsewhere', zipFile([{ ...x, offset: 3 }]), /not where the directory says/],
    ['headers outside', zipFile([{ ...x, offset: 0xfffffff0 }]), /damaged/],
    ['arrays that are none', zipFile([{ name: 'x.npy', content: Buffer.from('text') }]), /array "x": this is no .npy/],
  ])('%s', (_, bytes, message) => {
    expect(() => readNpz(bytes, 'own.npz')).toThrow(failing('ERR_DATA', message));
    expect(() => readNpz(bytes, 'own.npz')).toThrow(/^own\.npz: /);
  });

  test('every archive that was cut short', () => {
    const bytes = zipFile([x]);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readNpz(bytes.subarray(0, length))).toThrow(SecateurError);
    }
  });

  // Zeros shrink about 1000-fold, the most that deflate can do.
  const bomb = { name: 'x.npy', content: new Uint8Array(80 * 2 ** 20) };

  test('small archives that unpack to very much, by default', () => {
    expect(() => readNpz(zipFile([bomb]))).toThrow(failing('ERR_LIMIT', /more than 67108864 bytes/));
  });

  test('archives that say less than they unpack to', () => {
    const bytes = zipFile([{ ...bomb, size: 100 }]);
    expect(() => readNpz(bytes)).toThrow(failing('ERR_LIMIT', /more than/));
  });

  test('archives whose files are too much together', () => {
    const maxBytes = 2 * twoFloats.length;
    expect(readNpz(zipFile([x, { ...x, name: 'y.npy' }]), 'npz', { maxBytes }).size).toBe(2);
    for (const method of [0, 8]) {
      const bytes = zipFile(['x', 'y', 'z'].map((name) => ({ ...x, method, name: `${name}.npy` })));
      expect(() => readNpz(bytes, 'npz', { maxBytes })).toThrow(failing('ERR_LIMIT', /more than/));
    }
  });

  test('changed bytes with a SecateurError or reads some arrays, but never fails otherwise', () => {
    const original = zipFile([x, { ...x, name: 'y.npy', method: 0 }]);
    const change = fc.tuple(fc.nat(original.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const bytes = Buffer.from(original);
        for (const [at, value] of changes) bytes[at] = value;
        expect(outcome(() => readNpz(bytes))).toBe('fine');
      }),
      { numRuns: 2000 },
    );
  });
});

const outcome = (read: () => unknown): unknown => {
  try {
    read();
    return 'fine';
  } catch (error) {
    return error instanceof SecateurError ? 'fine' : error;
  }
};

const reference = folderFrom('SECATEUR_REFERENCE', 'weights that NumPy wrote');

test.skipIf(reference === undefined)('readNpz(A.npz) has the weights that NumPy reads there', () => {
  const arrays = readNpz(readFileSync(join(reference!, 'weights', 'A.npz')));
  const shapes = [...arrays].map(([name, { type, shape }]) => [name, type, shape]);
  expect(shapes).toEqual([
    ['w0', 'float32', [784, 128]],
    ['b0', 'float32', [128]],
    ['w1', 'float32', [128, 10]],
    ['b1', 'float32', [10]],
  ]);
  // numpy.sum(numpy.abs(array), dtype='f8') of each, and the element in the middle.
  const sums = [...arrays.values()].map(({ data }) => (data as Float32Array).reduce((sum, w) => sum + Math.abs(w), 0));
  const published = [7427.452610518599, 6.0871068031701725, 255.53331531208823, 0.49513474479317665];
  expectClose(sums, published, tolerances.double);
  const middles = [...arrays.values()].map(({ data }) => data[data.length / 2]);
  expect(middles).toEqual([-0.02017187513411045, 0.016060112044215202, -0.44183629751205444, 0.08881095796823502]);
});
