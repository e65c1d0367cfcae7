import { SecateurError } from '../../../util/errors.js';
import { describeValue, isPositiveInteger } from '../../../util/expect.js';

/** A JSON object that a stranger wrote. */
export type Json = Readonly<Record<string, unknown>>;

/** One layer as Keras describes it. */
export interface KerasLayer {
  readonly className: string;
  readonly name: string;
  readonly config: Json;
}

/** Something that one of the two sides cannot express; collected, so that one error lists them all. */
export class Unsupported extends Error {}

export const corrupt = (message: string): SecateurError =>
  new SecateurError('ERR_MODEL_CORRUPT', message, { hint: 'the file is damaged or no Keras model' });

/** The one error for everything in a model that cannot be expressed. */
export function unsupported(problems: readonly string[], hint: string): SecateurError {
  return new SecateurError('ERR_MODEL_UNSUPPORTED', `not supported: ${problems.join('; ')}`, { hint });
}

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws SecateurError ERR_MODEL_CORRUPT unless `value` is an object. */
export function object(where: string, value: unknown): Json {
  if (!isObject(value)) throw corrupt(`${where}: expected an object but found ${describeValue(value)}`);
  return value;
}

/** @throws SecateurError ERR_MODEL_CORRUPT unless `value` is an array. */
export function array(where: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw corrupt(`${where}: expected an array but found ${describeValue(value)}`);
  return value;
}

/** @throws SecateurError ERR_MODEL_CORRUPT unless `value` is text that is not empty. */
export function text(where: string, value: unknown): string {
  if (typeof value !== 'string' || value === '')
    throw corrupt(`${where}: expected text but found ${describeValue(value)}`);
  return value;
}

/** A setting that is a number; `fallback` where it is left out. */
export function number(config: Json, name: string, fallback: number): number {
  const value = config[name] ?? fallback;
  if (typeof value !== 'number') throw corrupt(`${name}: expected a number but found ${describeValue(value)}`);
  return value;
}

/** A setting that is true or false; `fallback` where it is left out. */
export function flag(config: Json, name: string, fallback: boolean): boolean {
  const value = config[name] ?? fallback;
  if (typeof value !== 'boolean') throw corrupt(`${name}: expected true or false but found ${describeValue(value)}`);
  return value;
}

/** A setting that is one positive integer, or a number for height and one for width. */
export function pair(config: Json, name: string, fallback: number | readonly number[]): readonly [number, number] {
  const value = config[name] ?? fallback;
  const [height, width] = Array.isArray(value) ? value : [value, value];
  if (!isPositiveInteger(height) || !isPositiveInteger(width)) {
    throw corrupt(`${name}: expected two positive integers but found ${JSON.stringify(value)}`);
  }
  return [height, width];
}

/** Refuses settings that would change what the layer computes. */
export function expectAbsent(config: Json, ...names: readonly string[]): void {
  for (const name of names) {
    const value = config[name];
    if (value !== undefined && value !== null && value !== false && value !== 0) {
      throw new Unsupported(`${name} ${JSON.stringify(value)}`);
    }
  }
}

/** @throws SecateurError ERR_MODEL_CORRUPT unless `source`, text or its bytes in UTF-8, is an object in JSON. */
export function parseJson(where: string, source: string | Uint8Array): Json {
  try {
    return object(where, JSON.parse(typeof source === 'string' ? source : new TextDecoder().decode(source)));
  } catch (cause) {
    if (cause instanceof SecateurError) throw cause;
    throw new SecateurError('ERR_MODEL_CORRUPT', `${where}: it is no JSON: ${(cause as Error).message}`, { cause });
  }
}
