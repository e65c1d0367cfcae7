import { mkdir, rmdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { expectArguments } from './arguments.js';
import { remedyOf, SecateurError } from './errors.js';

/**
 * Makes a folder and those above it that are missing, one after the other: Node's own recursive `mkdir` never ends where the
 * system says of a folder that is there that it is not, as it does under `/proc`.
 *
 * @returns what was made, the topmost first; nothing of it stays if this fails.
 * @throws SecateurError ERR_IO.
 */
export async function makeFolder(path: string): Promise<string[]> {
  expectArguments({ path });
  const made: string[] = [];
  try {
    for (const folder of await missingFolders(resolve(path))) if (await make(folder)) made.push(folder);
    return made;
  } catch (cause) {
    await removeEmptyFolders(made);
    const remedy = remedyOf(cause as NodeJS.ErrnoException);
    throw new SecateurError('ERR_IO', `${path}: the folder cannot be made: ${(cause as Error).message}`, {
      cause,
      ...remedy,
    });
  }
}

/**
 * Takes back what `makeFolder` has made, as far as nothing lies in it.
 *
 * @throws nothing: what cannot be removed stays.
 */
export async function removeEmptyFolders(made: readonly string[]): Promise<void> {
  expectArguments({ folders: made });
  for (const folder of made.toReversed()) await rmdir(folder).catch(() => {});
}

async function missingFolders(path: string): Promise<string[]> {
  const above = dirname(path);
  if (await isFolder(path)) return [];
  return above === path ? [path] : [...(await missingFolders(above)), path];
}

/** Whether it was made; not if another process was faster. */
async function make(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (cause) {
    if (await isFolder(folder)) return false;
    throw cause;
  }
}

/** Whether there is a folder of this name. */
export const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
