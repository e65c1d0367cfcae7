import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type NpyArray, readNpy, writeNpy } from '../../src/tensor/npy.js';
import { SecateurError } from '../../src/util/errors.js';
import { npyFile } from '../support/npy.js';

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('readNpy(bytes) reads', () => {
  test.each([
    ['float32', "'<f4'", '0000803f 000020c0', [1, -2.5]],
    ['float32', "'>f4'", '3f800000 c0200000', [1, -2.5]],
    ['float64', "'<f8'", '000000000000f03f 00000000000004c0', [1, -2.5]],
    ['float64', "'>f8'", '3ff0000000000000 c004000000000000', [1, -2.5]],
    ['int8', "'|i1'", '01 ff', [1, -1]],
    ['int16', "'<i2'", '0100 feff', [1, -2]],
    ['int16', "'>i2'", '0001 fffe', [1, -2]],
    ['int32', "'<i4'", '01000000 feffffff', [1, -2]],
    ['int32', "'>i4'", '00000001 fffffffe', [1, -2]],
    ['int64', "'<i8'", '0100000000000000 feffffffffffffff', [1n, -2n]],
    ['int64', "'>i8'", '0000000000000001 fffffffffffffffe', [1n, -2n]],
    ['uint8', "'|u1'", '01 ff', [1, 255]],
    ['uint16', "'<u2'", '0100 feff', [1, 65534]],
    ['uint32', "'<u4'", '01000000 feffffff', [1, 4294967294]],
    ['uint64', "'<u8'", '0100000000000000 feffffffffffffff', [1n, 18446744073709551614n]],
    ['bool', "'|b1'", '01 00', [1, 0]],
  ] as const)('%s written as %s', (type, descr, content, values) => {
    const array = readNpy(npyFile({ descr, shape: '(2,)', content: hex(content) }));
    expect(array).toMatchObject({ type, shape: [2] });
    expect([...array.data]).toEqual(values);
  });

  test.each([1, 2, 3])('format version %i', (version) => {
    const array = readNpy(npyFile({ descr: "'|u1'", shape: '(3,)', content: hex('010203'), version }));
    expect([...array.data]).toEqual([1, 2, 3]);
  });

  test('Fortran order into C order', () => {
    const parts = { descr: "'|u1'", fortranOrder: true };
    expect([...readNpy(npyFile({ ...parts, shape: '(2, 3)', content: hex('001001110212') })).data]).toEqual([
      0x00, 0x01, 0x02, 0x10, 0x11, 0x12,
    ]);
    // Each byte spells its own index (i, j, k) in base 10; the first axis runs fastest.
    const content = Uint8Array.from(
      { length: 24 },
      (_, n) => 100 * (n % 2) + 10 * (Math.floor(n / 2) % 3) + Math.floor(n / 6),
    );
    const indices = Array.from(
      { length: 24 },
      (_, n) => 100 * Math.floor(n / 12) + 10 * (Math.floor(n / 4) % 3) + (n % 4),
    );
    expect([...readNpy(npyFile({ ...parts, shape: '(2, 3, 4)', content })).data]).toEqual(indices);
  });

  test('scalars, empty arrays and shapes written by Python 2', () => {
    expect(readNpy(npyFile({ descr: "'|u1'", shape: '()', content: hex('07') }))).toMatchObject({ shape: [] });
    expect(readNpy(npyFile({ descr: "'<f4'", shape: '(0, 3)', content: hex('') }))).toMatchObject({ shape: [0, 3] });
    expect(readNpy(npyFile({ descr: "'|u1'", shape: '(2L,)', content: hex('0102') }))).toMatchObject({ shape: [2] });
  });

  test('out of a Buffer without keeping its memory', () => {
    const bytes = npyFile({ descr: "'<f4'", shape: '(1,)', content: hex('0000803f') });
    const { data } = readNpy(bytes);
    bytes.fill(0);
    expect([...data]).toEqual([1]);
  });
});

describe('readNpy(bytes) refuses', () => {
  const content = hex('0000803f 0000803f');
  test.each([
    ['objects', { descr: "'|O'" }, 'ERR_DATA', /'\|O'/],
    ['structured arrays', { descr: "[('a', '<f4')]" }, 'ERR_DATA', /structured/],
    ['half floats', { descr: "'<f2'" }, 'ERR_DATA', /'<f2'/],
    ['strings', { descr: "'<U1'" }, 'ERR_DATA', /'<U1'/],
    ['a shape that wants more', { shape: '(3,)' }, 'ERR_DATA', /needs 12 bytes, the file has 8/],
    ['a shape that wants less', { shape: '(1,)' }, 'ERR_DATA', /needs 4 bytes, the file has 8/],
    ['negative sizes', { shape: '(-1,)' }, 'ERR_DATA', /'shape'/],
    ['sizes that are no numbers', { shape: '(1 2,)' }, 'ERR_LIMIT', /shape/],
    ['shapes beyond 2^53 numbers', { shape: '(9007199254740991, 9)' }, 'ERR_LIMIT', /too large/],
    ['more axes than NumPy has', { shape: `(${'1, '.repeat(65)})` }, 'ERR_DATA', /65 axes/],
    ['headers of absurd length', { shape: `(${' '.repeat(70_000)}2,)`, version: 2 }, 'ERR_DATA', /header of/],
    ['unknown versions', { version: 4 }, 'ERR_DATA', /version 4/],
  ])('%s', (_, parts, code, message) => {
    const bytes = npyFile({ descr: "'<f4'", shape: '(2,)', content, ...parts });
    const error = expect.objectContaining({ code, message: expect.stringMatching(message) });
    expect(() => readNpy(bytes, 'weights.npy')).toThrow(error);
  });

  test('every file that was cut short', () => {
    const bytes = npyFile({ descr: "'<f4'", shape: '(2,)', content });
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readNpy(bytes.subarray(0, length))).toThrow(SecateurError);
    }
  });

  test('changed bytes with a SecateurError or reads some array, but never fails otherwise', () => {
    const original = npyFile({ descr: "'>f8'", shape: '(2, 3)', content: new Uint8Array(48), fortranOrder: true });
    const change = fc.tuple(fc.nat(original.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const bytes = Uint8Array.from(original);
        for (const [at, value] of changes) bytes[at] = value;
        expect(outcome(() => readNpy(bytes))).toBe('fine');
      }),
      { numRuns: 2000 },
    );
  });
});

const outcome = (read: () => NpyArray): unknown => {
  try {
    const { shape, data } = read();
    return data.length === shape.reduce((a, b) => a * b, 1) ? 'fine' : 'a wrong length';
  } catch (error) {
    return error instanceof SecateurError ? 'fine' : error;
  }
};

describe('writeNpy(array)', () => {
  test.each<NpyArray>([
    { type: 'float32', shape: [2, 2], data: Float32Array.of(1, -0, Number.NaN, 1e-45) },
    { type: 'float64', shape: [], data: Float64Array.of(Math.PI) },
    { type: 'int64', shape: [3], data: BigInt64Array.of(-1n, 0n, 2n ** 62n) },
    { type: 'bool', shape: [2, 0], data: new Uint8Array() },
  ])('of $type in shape $shape comes back from readNpy', (array) => {
    expect(readNpy(writeNpy(array))).toEqual(array);
  });

  test('writes the very bytes that NumPy writes', () => {
    const bytes = writeNpy({ type: 'float32', shape: [3], data: Float32Array.of(1, 2, 3) });
    const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }`.padEnd(117);
    const content = hex('0000803f 00000040 00004040');
    expect(Buffer.from(bytes)).toEqual(
      Buffer.concat([hex('93 4e554d5059 0100 7600'), Buffer.from(`${header}\n`), content]),
    );
  });

  test('refuses numbers that fit neither shape nor type', () => {
    const refused = expect.objectContaining({ code: 'ERR_SHAPE' });
    expect(() => writeNpy({ type: 'float32', shape: [3], data: new Float32Array(2) })).toThrow(refused);
    expect(() => writeNpy({ type: 'float64', shape: [2], data: new Float32Array(2) })).toThrow(refused);
  });
});
