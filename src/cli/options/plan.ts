import type { PruningPlan } from '../../index.js';
import { readJson } from './json.js';

/**
 * Reads a pruning plan; what it says is checked where it is used.
 *
 * @throws SecateurError ERR_IO if the file cannot be read, ERR_DATA if it is no JSON.
 */
export const readPlan = async (path: string): Promise<PruningPlan> => (await readJson(path, 'plan')) as PruningPlan;
