import { describe, expect, test } from 'vitest';
import { abortedError, SecateurError } from '../../src/util/errors.js';
import { describeValue, expectFinite, expectOneOf, expectPositiveInteger, invalid } from '../../src/util/expect.js';

describe('describeValue', () => {
  test.each([
    ['text', '"text"'],
    [-1, '-1'],
    [undefined, 'undefined'],
    [null, 'null'],
    [Number.NaN, 'NaN'],
    [[1, 2, 3], 'an array of 3'],
    [new Float32Array(12), 'a Float32Array of 12'],
    [new DataView(new ArrayBuffer(5)), 'a DataView of 5'],
    [new Map(), 'an object (Map)'],
    [Object.create(null), 'an object (no prototype)'],
  ])('describeValue(%o) is %s', (value, text) => {
    expect(describeValue(value)).toBe(text);
  });

  test('describeValue cuts long text', () => {
    expect(describeValue('x'.repeat(100))).toBe(`"${'x'.repeat(57)}..."`);
  });
});

const thrownBy = (run: () => unknown): SecateurError => {
  try {
    run();
  } catch (error) {
    if (error instanceof SecateurError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('checks', () => {
  test('expectPositiveInteger gives the value back or names the argument', () => {
    expect(expectPositiveInteger('threads', 3)).toBe(3);
    for (const value of [0, -1, 1.5, Number.NaN, '2', 2 ** 53]) {
      const error = thrownBy(() => expectPositiveInteger('threads', value));
      expect(error.code).toBe('ERR_ARGUMENT');
      expect(error.message).toBe(`threads: expected a positive integer but received ${describeValue(value)}`);
    }
  });

  test('expectFinite refuses infinities and what is no number', () => {
    expect(expectFinite('scale', -0.5)).toBe(-0.5);
    for (const value of [Number.POSITIVE_INFINITY, Number.NaN, '1', undefined]) {
      expect(thrownBy(() => expectFinite('scale', value)).message).toMatch(/^scale: expected a finite number/);
    }
  });

  test('expectOneOf lists the choices', () => {
    expect(expectOneOf('cut', 'mean', ['zero', 'mean'])).toBe('mean');
    const error = thrownBy(() => expectOneOf('cut', 'Mean', ['zero', 'mean']));
    expect(error.message).toBe('cut: expected one of zero, mean but received "Mean"');
  });

  test('invalid takes another code and a hint', () => {
    const error = invalid('x', 'numbers', [], { code: 'ERR_DATA', hint: 'give some' });
    expect([error.code, error.message, error.hint]).toEqual([
      'ERR_DATA',
      'x: expected numbers but received an array of 0',
      'give some',
    ]);
  });
});

describe('SecateurError', () => {
  test('SecateurError keeps code, message, hint and cause', () => {
    const cause = new Error('disk');
    const error = new SecateurError('ERR_IO', 'no file', { hint: 'look elsewhere', cause });
    expect(error).toMatchObject({ name: 'SecateurError', code: 'ERR_IO', message: 'no file', hint: 'look elsewhere' });
    expect(error.cause).toBe(cause);
  });

  test('SecateurError has no hint and no cause unless given', () => {
    const error = new SecateurError('ERR_IO', 'no file');
    expect(error.hint).toBeUndefined();
    expect(Object.hasOwn(error, 'cause')).toBe(false);
  });

  test('abortedError carries the reason of the signal', () => {
    const error = abortedError(AbortSignal.abort('enough'));
    expect([error.code, error.cause]).toEqual(['ERR_ABORTED', 'enough']);
  });
});
