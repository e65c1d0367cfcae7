import { readFile } from 'node:fs/promises';
import { SecateurError } from '../../index.js';

/**
 * Reads a JSON file; `what` names it in messages.
 *
 * @throws SecateurError ERR_IO if the file cannot be read, ERR_DATA if it is no JSON.
 */
export async function readJson(path: string, what: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const reason = cause.code === 'ENOENT' ? 'there is no such file' : `cannot be read: ${cause.message}`;
    throw new SecateurError('ERR_IO', `${path}: ${reason}`, { hint: `name the file that holds the ${what}`, cause });
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SecateurError('ERR_DATA', `${path}: the ${what} is no JSON: ${(cause as Error).message}`, {
      hint: `name the file that holds the ${what}`,
      cause,
    });
  }
}
