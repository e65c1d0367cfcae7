import { randomBytes } from 'node:crypto';
import { access, constants, type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SecateurError, unwritable } from './errors.js';
import { isFolder } from './folders.js';

/**
 * Makes sure that a file could be written, before the work whose results it is to hold and not after it.
 *
 * @throws SecateurError ERR_IO if its folder is missing or cannot be written to, or if a folder lies in its place.
 */
export async function expectWritable(path: string): Promise<void> {
  await expectWritableFolder(dirname(path), path);
  if (!(await isFolder(path))) return;
  throw new SecateurError('ERR_IO', `${path}: a folder lies there, where a file is to be written`, {
    hint: 'name a file in it',
  });
}

/**
 * Makes sure that files can be written into a folder.
 *
 * @param path what is to be written there, for the error's message; default: the folder itself.
 * @throws SecateurError ERR_IO if it is missing or cannot be written to.
 */
export async function expectWritableFolder(folder: string, path: string = folder): Promise<void> {
  try {
    await access(folder, constants.W_OK);
  } catch (cause) {
    const where = path === folder ? 'the folder' : 'its folder';
    throw new SecateurError('ERR_IO', `${path}: ${where} is not there or cannot be written to`, {
      hint: 'create the folder first',
      cause,
    });
  }
}

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
