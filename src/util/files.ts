import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { expectArguments } from './arguments.js';
import { SecateurError, unreadable } from './errors.js';
import { expectPositiveInteger } from './expect.js';

/** Bytes of a file that Node and a WebAssembly sandbox take in at once. */
export const maxFileBytes = 2 ** 31 - 1;

/**
 * Reads a file from end to end. Devices and pipes, which may have no end, are refused before they can block.
 *
 * @param limit most bytes that it may have.
 * @throws SecateurError ERR_IO if it cannot be read or is no regular file; ERR_LIMIT beyond `limit` bytes; ERR_ARGUMENT for
 * what is no path or limit.
 */
export async function readRegularFile(path: string, limit = maxFileBytes): Promise<Uint8Array> {
  expectArguments({ path });
  expectPositiveInteger('limit', limit);
  try {
    await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const found = await file.stat();
    if (!found.isFile()) {
      const what = found.isDirectory() ? 'a folder' : 'no regular file';
      throw new SecateurError('ERR_IO', `${path}: cannot be read: it is ${what}`, { hint: 'name a file' });
    }
    if (found.size > limit) {
      throw new SecateurError('ERR_LIMIT', `${path}: ${found.size} bytes where at most ${limit} belong`);
    }
    return await file.readFile();
  } catch (error) {
    throw error instanceof SecateurError ? error : unreadable(path, error as NodeJS.ErrnoException);
  }
}
