import type { ScoredData } from '../../criteria/index.js';
import type { LabelledData } from '../../data/index.js';
import { type EngineName, engineKey, prepareLabelled, selectEngine } from '../../engine/index.js';
import { type LossName, measuredDigest, type Network } from '../../network/index.js';
import { digestOf, type JournalFacts, openJournal } from '../../run/index.js';

/** Measures something, unless it was measured and kept before. */
export interface Keeping extends AsyncDisposable {
  keep<T>(key: string, measure: () => Promise<T>): Promise<T>;
  /** The same for what tells how it goes. */
  keepTelling<E, T>(key: string, measure: () => AsyncGenerator<E, T>): AsyncGenerator<E, T>;
}

/** A journal of values under keys, or none: then everything is measured. */
export async function openKeeping(path: string | undefined, facts: () => JournalFacts): Promise<Keeping> {
  if (path === undefined) {
    const [keep, keepTelling]: [Keeping['keep'], Keeping['keepTelling']] = [(_, run) => run(), (_, run) => run()];
    return { keep, keepTelling, [Symbol.asyncDispose]: async () => {} };
  }
  const journal = await openJournal(path, facts());
  const put = async <T>(key: string, value: T): Promise<T> => {
    await journal.put(key, value);
    return value;
  };
  async function* keepTelling<E, T>(key: string, measure: () => AsyncGenerator<E, T>): AsyncGenerator<E, T> {
    const kept = journal.get(key);
    return kept === undefined ? await put(key, yield* measure()) : (kept as T);
  }
  return {
    keep: async <T>(key: string, measure: () => Promise<T>): Promise<T> => {
      const kept = journal.get(key);
      return kept === undefined ? await put(key, await measure()) : (kept as T);
    },
    keepTelling,
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
    network: measuredDigest(network),
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
