import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { SecateurError, unreadable } from '../util/errors.js';

/** Bytes of a model in one file: what Node and a WebAssembly sandbox take in at once. */
export const maxFileBytes = 2 ** 31 - 1;

/**
 * Reads a regular file of a limited size.
 *
 * @throws SecateurError ERR_IO if it cannot be read or is no regular file, ERR_LIMIT beyond `limit` bytes.
 */
export async function readRegularFile(path: string, limit: number): Promise<Uint8Array> {
  try {
    await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const found = await file.stat();
    if (!found.isFile()) throw new SecateurError('ERR_IO', `${path}: it is no regular file`);
    if (found.size > limit) {
      throw new SecateurError('ERR_LIMIT', `${path}: ${found.size} bytes where at most ${limit} belong`);
    }
    return await file.readFile();
  } catch (error) {
    throw error instanceof SecateurError ? error : unreadable(path, error as NodeJS.ErrnoException);
  }
}
