import { expectOneOf } from '../util/expect.js';
import type { Json } from './study.js';

/** Reads `a,b`, each one of the choices. */
export const oneOrMoreOf =
  (name: string, choices: readonly string[]) =>
  (text: string): Json =>
    text.split(',').map((part) => expectOneOf(name, part.trim(), choices));
