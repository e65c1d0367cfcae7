import { expectOneOf, invalid } from '../util/expect.js';
import type { Json } from './study.js';

/** Reads `a,b`, each one of the choices. */
export const oneOrMoreOf =
  (name: string, choices: readonly string[]) =>
  (text: string): Json =>
    eachOnce(
      name,
      text,
      text.split(',').map((part) => expectOneOf(name, part.trim(), choices)),
    );

/** Reads `1,2`, each a number that will do; `expected` says which do. */
export const numbersOf =
  (name: string, expected: string, fits: (value: number) => boolean) =>
  (text: string): Json =>
    eachOnce(
      name,
      text,
      text.split(',').map((part) => {
        const value = part.trim() === '' ? Number.NaN : Number(part);
        if (!fits(value)) throw invalid(name, expected, text);
        return value;
      }),
    );

/** What is named twice would be run, counted and printed twice. */
function eachOnce(name: string, text: string, values: readonly Json[]): Json {
  if (new Set(values).size < values.length) throw invalid(name, 'each value once', text);
  return values;
}
