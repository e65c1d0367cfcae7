import { copyFile, link, lstat, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SecateurError, unwritable } from './errors.js';
import { makeFolder, removeEmptyFolders } from './folders.js';

/**
 * Moves finished files from a folder into another on the same disk: each takes its place at once, and if one cannot, all
 * places are as they were.
 *
 * @param staging holds the files, and what they replace until all is done; the caller removes it.
 * @param files paths within both folders, in the order in which they are moved: the file that names others last.
 * @throws SecateurError ERR_IO if a file cannot take its place.
 */
export async function installFiles(staging: string, into: string, files: readonly string[]): Promise<void> {
  const undo: (() => Promise<unknown>)[] = [];
  try {
    for (const [i, name] of files.entries()) {
      const target = join(into, name);
      const made = await makeFolder(dirname(target));
      undo.push(() => removeEmptyFolders(made));
      const before = join(staging, `.before-${i}`);
      const replaces = await keep(target, before);
      await rename(join(staging, name), target);
      undo.push(() => (replaces ? rename(before, target) : rm(target)));
    }
    await syncFolders(new Set(files.map((name) => dirname(join(into, name)))));
  } catch (cause) {
    for (const step of undo.reverse()) await step().catch(() => {});
    if (cause instanceof SecateurError) throw cause;
    throw unwritable(into, cause as NodeJS.ErrnoException, into);
  }
}

/** Gives a file a second name, without taking the first; whether there was one. */
async function keep(path: string, second: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return false;
  if (!found.isFile() && !found.isSymbolicLink()) {
    throw new SecateurError('ERR_IO', `${path}: it is no file and stays`, { hint: 'choose another name' });
  }
  await link(path, second).catch(() => copyFile(path, second));
  return true;
}

/** The names must reach the disk too; Windows cannot flush folders and does not need it. */
async function syncFolders(folders: ReadonlySet<string>): Promise<void> {
  if (process.platform === 'win32') return;
  for (const folder of folders) {
    await using handle = await open(folder, 'r');
    await handle.sync();
  }
}
