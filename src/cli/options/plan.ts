import { readFile } from 'node:fs/promises';
import { type PruningPlan, SecateurError } from '../../index.js';

/**
 * Reads a pruning plan; what it says is checked where it is used.
 *
 * @throws SecateurError ERR_IO if the file cannot be read, ERR_DATA if it is no JSON.
 */
export async function readPlan(path: string): Promise<PruningPlan> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new SecateurError('ERR_IO', `${path}: cannot be read: ${cause.message}`, { cause });
  });
  try {
    return JSON.parse(text) as PruningPlan;
  } catch (cause) {
    throw new SecateurError('ERR_DATA', `${path}: the plan is no JSON: ${(cause as Error).message}`, { cause });
  }
}
