import type { ScoredData } from '../../criteria/index.js';
import type { LabelledData } from '../../data/index.js';
import { type EngineName, engineKey, prepareLabelled, selectEngine } from '../../engine/index.js';
import { type LossName, type Network, networkDigest } from '../../network/index.js';
import { digestOf, type JournalFacts, openJournal } from '../../run/index.js';

/** Measures something, unless it was measured and kept before. */
export interface Keeping extends AsyncDisposable {
  keep<T>(key: string, measure: () => Promise<T>): Promise<T>;
}

/** A journal of values under keys, or none: then everything is measured. */
export async function openKeeping(path: string | undefined, facts: () => JournalFacts): Promise<Keeping> {
  if (path === undefined) {
    return { keep: (_key, measure) => measure(), [Symbol.asyncDispose]: async () => {} };
  }
  const journal = await openJournal(path, facts());
  return {
    keep: async <T>(key: string, measure: () => Promise<T>): Promise<T> => {
      const kept = journal.get(key);
      if (kept !== undefined) return kept as T;
      const value = await measure();
      await journal.put(key, value);
      return value;
    },
    [Symbol.asyncDispose]: () => journal[Symbol.asyncDispose](),
  };
}

/** What is said of a run besides its networks and samples, and what does not change a bit of its results. */
interface FactOptions {
  readonly engine?: EngineName;
  readonly loss?: LossName;
  readonly scoringData?: ScoredData;
  readonly validation?: ScoredData;
  readonly signal?: unknown;
  readonly threads?: unknown;
  readonly memory?: unknown;
  readonly journal?: unknown;
}

/** Everything that the points of a run depend on. */
export function pointFacts(command: string, network: Network, data: LabelledData, options: FactOptions): JournalFacts {
  const { engine, loss, scoringData, validation, signal: _s, threads: _t, memory: _m, journal: _j, ...said } = options;
  const { samples, head } = prepareLabelled(network, data, loss);
  return {
    command,
    network: networkDigest(network),
    data: digestOf(samples.x, samples.targets, String(samples.scale)),
    scoringData: scoringData ? digestOfScored(scoringData) : null,
    ...(validation ? { validation: digestOfScored(validation) } : {}),
    loss: head.loss,
    engine: engineKey(selectEngine(engine).engine.name),
    options: said,
  };
}

const digestOfScored = ({ x, y = new Float32Array(), scale = 1, layout = 'model' }: ScoredData): string =>
  digestOf(x, Float64Array.from(y), JSON.stringify([scale, layout]));
