import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { unwritable } from './errors.js';

/**
 * Makes a folder and those above it.
 *
 * @throws SecateurError ERR_IO where there is a file in its place, or where none may be made.
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw unwritable(folder, cause as NodeJS.ErrnoException, dirname(folder));
  }
}
