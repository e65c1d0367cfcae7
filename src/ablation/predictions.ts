import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dataFolders } from '../data/index.js';
import { type AblationJob, type EngineName, type EngineOptions, type Prediction, speedKey } from '../engine/index.js';
import type { Network } from '../network/index.js';
import { writeFileAtomic } from '../util/atomic.js';
import { isFiniteNumber } from '../util/expect.js';
import { makeFolder } from '../util/folders.js';

/** Tells apart whatever an ablation's time depends on: machine and build, network, samples by number and type, nodes. */
export function predictionKey(
  engine: EngineName,
  network: Network,
  { samples, head, sweeps }: AblationJob,
  { threads, memory }: EngineOptions,
): string {
  const hash = createHash('sha256').update(speedKey(engine));
  hash.update(JSON.stringify([head, threads, memory, samples.count, samples.scale, samples.x.constructor.name]));
  for (const { kind, config, inputs, weights } of network.layers) {
    hash.update(JSON.stringify([kind, config, inputs]));
    for (const { data } of Object.values(weights)) hash.update(data);
  }
  for (const { site, nodes, values } of sweeps) hash.update(`${site}`).update(nodes).update(values);
  return hash.digest('hex').slice(0, 32);
}

/** So many are kept, the last ones. */
const mostKept = 200;

const file = (): string => join(dataFolders().cache, 'predictions.json');

async function readAll(): Promise<Record<string, unknown>> {
  try {
    const kept: unknown = JSON.parse(await readFile(file(), 'utf8'));
    return typeof kept === 'object' && kept !== null ? { ...kept } : {};
  } catch {
    return {};
  }
}

/** What was kept, or null if there is nothing that makes sense. */
export async function keptPrediction(key: string): Promise<Prediction | null> {
  const { intact, sweeps } = { ...((await readAll())[key] as object | undefined) } as Record<string, unknown>;
  const sound = isFiniteNumber(intact) && isFiniteNumber(sweeps) && intact >= 0 && sweeps >= 0;
  return sound ? { intact, sweeps } : null;
}

/** Keeps a prediction if that can be done, and gives it back. */
export async function keepPrediction(key: string, prediction: Prediction): Promise<Prediction> {
  const others = Object.entries(await readAll()).filter(([other]) => other !== key);
  const kept = Object.fromEntries([...others.slice(1 - mostKept), [key, prediction]]);
  try {
    await makeFolder(dataFolders().cache);
    await writeFileAtomic(file(), `${JSON.stringify(kept)}\n`);
  } catch {
    // A cache is no promise: the next prediction is made afresh.
  }
  return prediction;
}
