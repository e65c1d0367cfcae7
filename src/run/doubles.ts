import { SecateurError } from '../util/errors.js';

/** Doubles as text that JSON can hold, with all their bits. */
export const packDoubles = (numbers: Float64Array): string =>
  Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString('base64');

/** @throws SecateurError ERR_DATA unless `packed` holds `count` doubles. */
export function unpackDoubles(packed: unknown, count: number): Float64Array {
  const bytes = Buffer.from(typeof packed === 'string' ? packed : '', 'base64');
  const numbers = new Float64Array(count);
  if (typeof packed !== 'string' || bytes.length !== numbers.byteLength) {
    throw new SecateurError('ERR_DATA', `a record of a journal was expected to hold ${count} numbers, but does not`);
  }
  new Uint8Array(numbers.buffer).set(bytes);
  return numbers;
}
