import { SecateurError } from '../../util/errors.js';

/**
 * Thrown while one node is converted, where it asks for something that no layer kind expresses. The reader collects
 * these, so that one error can name every such node.
 */
export class Unsupported extends Error {}

/** The error for a file that contradicts itself or the format. */
export function corrupt(message: string, cause?: unknown): SecateurError {
  return new SecateurError('ERR_MODEL_CORRUPT', message, {
    hint: 'the file is damaged or was cut off: export or copy it again',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** One error for everything in a model that cannot be expressed; `problems` are complete phrases. */
export function unsupported(problems: readonly string[]): SecateurError {
  const [first, ...others] = problems;
  const message =
    others.length === 0 ? `${first}` : `${problems.length} things are unsupported: ${problems.join('; ')}`;
  return new SecateurError('ERR_MODEL_UNSUPPORTED', message, {
    hint: 'export the model for inference, with opset 13 to 21, fixed sizes and plain float32 operators',
  });
}
