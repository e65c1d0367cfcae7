import { readRegularFile, SecateurError } from '../../index.js';

/**
 * Reads a JSON file; `what` names it in messages.
 *
 * @throws SecateurError ERR_IO if the file cannot be read, ERR_DATA if it is no JSON.
 */
export async function readJson(path: string, what: string): Promise<unknown> {
  const bytes = await readRegularFile(path).catch((cause: SecateurError) => {
    throw new SecateurError(cause.code, cause.message, { hint: `name the file that holds the ${what}`, cause });
  });
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch (cause) {
    throw new SecateurError('ERR_DATA', `${path}: the ${what} is no JSON: ${(cause as Error).message}`, {
      hint: `name the file that holds the ${what}`,
      cause,
    });
  }
}
