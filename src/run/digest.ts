import { createHash } from 'node:crypto';

/** SHA-256 of texts and arrays: their types, lengths and bytes. */
export function digestOf(...parts: readonly (string | NodeJS.TypedArray)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    hash.update(`${part.constructor.name} ${bytes.byteLength};`).update(bytes);
  }
  return hash.digest('hex');
}
