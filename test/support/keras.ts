import { existsSync } from 'node:fs';

/** The Python with Keras 3 that SECATEUR_KERAS_PYTHON names, or undefined after saying on stderr what is skipped. */
export function kerasPython(what: string): string | undefined {
  const python = process.env.SECATEUR_KERAS_PYTHON;
  if (python !== undefined && existsSync(python)) return python;
  process.stderr.write(`skipped: ${what}: SECATEUR_KERAS_PYTHON names no Python with Keras 3\n`);
  return undefined;
}
