import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { unwritable } from './errors.js';

/**
 * Writes a file so that readers, even after a crash, see the old content or all of the new: into a temporary file
 * beside it, flushed to the disk, then renamed.
 *
 * @throws SecateurError ERR_IO if the folder is missing or cannot be written; `path` is then untouched.
 */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`;
  try {
    await withHandle(temporary, 'wx', async (file) => {
      await file.writeFile(data);
      await file.sync();
    });
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    await rm(temporary, { force: true });
    throw unwritable(path, cause as NodeJS.ErrnoException, dirname(path));
  }
}

async function withHandle(path: string, flags: string, use: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, flags);
  try {
    await use(file);
  } finally {
    await file.close();
  }
}

/** The rename itself must reach the disk too; Windows cannot flush folders and does not need it. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform !== 'win32') await withHandle(path, 'r', (folder) => folder.sync());
}
