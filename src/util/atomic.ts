import { randomBytes } from 'node:crypto';
import { access, constants, type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expectArguments } from './arguments.js';
import { SecateurError, unwritable } from './errors.js';
import { isFolder } from './folders.js';

/**
 * Writes a file so that readers, even after a crash, see the old content or all of the new: into a temporary file
 * beside it, flushed to the disk, then renamed.
 *
 * @throws SecateurError ERR_IO if the folder is missing or cannot be written; `path` is then untouched.
 */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  expectArguments({ path });
  await expectNoDevice(path);
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

/**
 * Makes sure that a file can be written, before the work and not after it.
 *
 * @throws SecateurError ERR_IO if a folder has its name, and as {@link expectRoomFor}.
 */
export async function expectWritable(path: string): Promise<void> {
  expectArguments({ path });
  await expectRoomFor(path);
  await expectNoDevice(path);
  if (!(await isFolder(path))) return;
  throw new SecateurError('ERR_IO', `${path}: cannot be written: it is a folder`, { hint: 'name a file in it' });
}

/** @throws SecateurError ERR_IO if the folder that `path` is to lie in is missing, or cannot be written to, saying which. */
export async function expectRoomFor(path: string): Promise<void> {
  expectArguments({ path });
  try {
    await access(dirname(path), constants.W_OK);
  } catch (cause) {
    throw unwritable(path, cause as NodeJS.ErrnoException, dirname(path));
  }
}

/** A file put in the place of `/dev/null` would take it away from everybody. */
async function expectNoDevice(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found === null || found.isFile() || found.isDirectory()) return;
  throw new SecateurError('ERR_IO', `${path}: cannot be written: it is no regular file`, { hint: 'name a file' });
}
