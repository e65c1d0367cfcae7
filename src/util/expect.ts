import { type ErrorCode, SecateurError } from './errors.js';

/** Short description of a value for error messages: `"abc"`, `-1`, `an array of 3`, `a Float32Array of 12`. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value))
    return `a ${value.constructor.name} of ${(value as Uint8Array).length ?? value.byteLength}`;
  if (typeof value === 'object' && value !== null) return `an object (${value.constructor?.name ?? 'no prototype'})`;
  return String(value);
}

/** Builds the error of every failed argument check: what was expected, for which name, what came. */
export function invalid(
  name: string,
  expected: string,
  actual: unknown,
  { code = 'ERR_ARGUMENT', hint }: { code?: ErrorCode; hint?: string } = {},
): SecateurError {
  return new SecateurError(
    code,
    `${name}: expected ${expected} but received ${describeValue(actual)}`,
    hint === undefined ? {} : { hint },
  );
}

export const isPositiveInteger = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;
export const isNonNegativeInteger = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;
export const isFiniteNumber = (value: unknown): value is number => Number.isFinite(value);

/** @throws SecateurError ERR_ARGUMENT unless `value` is an integer of at least 1. */
export function expectPositiveInteger(name: string, value: unknown): number {
  if (!isPositiveInteger(value)) throw invalid(name, 'a positive integer', value);
  return value;
}

/** @throws SecateurError ERR_ARGUMENT unless `value` is a finite number. */
export function expectFinite(name: string, value: unknown): number {
  if (!isFiniteNumber(value)) throw invalid(name, 'a finite number', value);
  return value;
}

/** @throws SecateurError ERR_ARGUMENT unless `value` is one of `choices`; the hint lists them. */
export function expectOneOf<T extends string>(name: string, value: unknown, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw invalid(name, `one of ${choices.join(', ')}`, value);
  return found;
}
