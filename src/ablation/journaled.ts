import { availableParallelism } from 'node:os';
import {
  type AblationJob,
  type CompiledNetwork,
  type EngineEvent,
  engineKey,
  type LabelledSamples,
  sampleBlock,
} from '../engine/index.js';
import { networkDigest } from '../network/index.js';
import { digestOf, type Journal, type JournalFacts, packDoubles, unpackDoubles } from '../run/index.js';
import { goesOn, SecateurError } from '../util/errors.js';
import { isPositiveInteger } from '../util/expect.js';
import type { Measuring } from './measuring.js';
import type { LayerSweep } from './plan.js';

/** Everything that the sums of an exact run depend on. */
export function journalFacts(
  { network, engine, samples, head, cut }: Measuring,
  sweeps: readonly LayerSweep[],
): JournalFacts {
  const { x, targets, scale } = samples;
  return {
    command: 'ablate',
    network: networkDigest(network),
    data: digestOf(x, targets, String(scale)),
    nodes: digestOf(...sweeps.flatMap(({ layer, nodes }) => [layer.name, nodes])),
    cut,
    loss: head.loss,
    engine: engineKey(engine.name),
  };
}

/** Of the first `samples` samples, for each node of a sweep. */
interface Sums {
  readonly samples: number;
  readonly loss: Float64Array;
  readonly correct: Float64Array;
  readonly flips: Float64Array;
}

/** A run whose sums are kept; `sums` are those of each sweep that were found in the journal. */
interface Run {
  readonly compiled: CompiledNetwork;
  readonly job: AblationJob;
  readonly journal: Journal;
  readonly sums: readonly Sums[];
  readonly pace: Pace;
}

/**
 * The events of `compiled.ablate(job)`, with the same bits, from where the journal ends: sweep after sweep over a part of
 * the samples at a time, whose sums go on from those before and are kept when the part is done.
 */
export async function* ablateJournaled(
  compiled: CompiledNetwork,
  job: AblationJob,
  journal: Journal,
): AsyncGenerator<EngineEvent, void> {
  const sums = job.sweeps.map(({ nodes }, sweep) => keptSums(journal, sweep, nodes.length, job.samples.count));
  const run = { compiled, job, journal, sums, pace: createPace() };
  try {
    yield { type: 'baseline', ...(await measureIntact(run)) };
    for (const sweep of sums.keys()) yield* tellSweep(sweep, yield* measureRest(run, sweep));
  } catch (error) {
    throw error instanceof SecateurError && error.code === 'ERR_ABORTED' ? resumable(error) : error;
  }
}

const resumable = ({ code, message, cause }: SecateurError): SecateurError =>
  new SecateurError(code, message, { hint: goesOn, cause });

function* tellSweep(sweep: number, { loss, correct, flips }: Sums): Generator<EngineEvent> {
  for (const [index, lossSum] of loss.entries())
    yield { type: 'node', sweep, index, lossSum, correct: correct[index]!, flips: flips[index]! };
}

async function measureIntact({ compiled, job, journal }: Run): Promise<{ lossSum: number; correct: number }> {
  const kept = journal.get('baseline');
  if (kept !== undefined) {
    const [lossSum, correct] = unpackDoubles(kept, 2) as unknown as [number, number];
    return { lossSum, correct };
  }
  const { lossSum, correct } = await compiled.evaluate(job.samples, job.head, signalOf(job));
  await journal.put('baseline', packDoubles(Float64Array.of(lossSum, correct)));
  return { lossSum, correct };
}

async function* measureRest(run: Run, sweep: number): AsyncGenerator<EngineEvent, Sums> {
  const { job, journal, pace } = run;
  let sums = run.sums[sweep]!;
  while (sums.samples < job.samples.count) {
    const started = performance.now();
    sums = yield* measurePart(run, sweep, sums, Math.min(job.samples.count, sums.samples + pace.samples()));
    pace.took((performance.now() - started) / 1000);
    await journal.put(keyOf(sweep), packSums(sums));
  }
  return sums;
}

async function* measurePart(
  { compiled, job, sums }: Run,
  sweep: number,
  before: Sums,
  to: number,
): AsyncGenerator<EngineEvent, Sums> {
  const part: AblationJob = {
    ...job,
    samples: samplesBetween(job.samples, before.samples, to),
    sweeps: [{ ...job.sweeps[sweep]!, before: before.loss }],
  };
  const { loss, correct, flips } = before;
  const found: Sums = { samples: to, loss: loss.slice(), correct: correct.slice(), flips: flips.slice() };
  for await (const event of compiled.ablate(part)) {
    if (event.type === 'progress') yield progress(job, sums, sweep, before.samples + event.done);
    if (event.type !== 'node') continue;
    found.loss[event.index] = event.lossSum;
    found.correct[event.index]! += event.correct;
    found.flips[event.index]! += event.flips;
  }
  return found;
}

/** Counts a node on a sample as work, whichever layer it is in. */
function progress(
  { sweeps, samples: { count } }: AblationJob,
  kept: readonly Sums[],
  sweep: number,
  done: number,
): EngineEvent {
  const work = (samplesOf: (sweep: number) => number): number => {
    const pairs = sweeps.reduce((sum, { nodes }, i) => sum + nodes.length * samplesOf(i), 0);
    return pairs / sweeps.reduce((sum, { nodes }) => sum + nodes.length, 0);
  };
  const now = (i: number): number => (i < sweep ? count : i === sweep ? done : kept[i]!.samples);
  return { type: 'progress', done: work(now), resumed: work((i) => kept[i]!.samples) };
}

function samplesBetween({ x, targets, count, scale }: LabelledSamples, from: number, to: number): LabelledSamples {
  const rows = <T extends typeof x | typeof targets>(values: T): T => {
    const size = values.length / count;
    return values.subarray(from * size, to * size) as T;
  };
  return { x: rows(x), targets: rows(targets), count: to - from, scale };
}

const signalOf = ({ signal }: AblationJob): { readonly signal?: AbortSignal } => (signal ? { signal } : {});

const keyOf = (sweep: number): string => `sweep ${sweep}`;

interface PackedSums {
  readonly samples: number;
  readonly loss: string;
  readonly correct: string;
  readonly flips: string;
}

const packSums = ({ samples, loss, correct, flips }: Sums): PackedSums => ({
  samples,
  loss: packDoubles(loss),
  correct: packDoubles(correct),
  flips: packDoubles(flips),
});

function keptSums(journal: Journal, sweep: number, nodes: number, count: number): Sums {
  const kept = journal.get(keyOf(sweep));
  const none = () => new Float64Array(nodes);
  if (kept === undefined) return { samples: 0, loss: none(), correct: none(), flips: none() };
  const { samples, loss, correct, flips } = { ...(kept as object) } as Partial<PackedSums>;
  const known = isPositiveInteger(samples) && (samples === count || (samples < count && samples % sampleBlock === 0));
  if (!known)
    throw new SecateurError('ERR_DATA', `a record of the journal is about ${String(samples)} samples of ${count}`);
  const read = (packed: unknown) => unpackDoubles(packed, nodes);
  return { samples, loss: read(loss), correct: read(correct), flips: read(flips) };
}

/** How many samples the next part has. */
interface Pace {
  samples(): number;
  took(seconds: number): void;
}

/** Seconds that a part should take: what a killed run loses, and long beside the time that keeping it takes. */
const [shortest, longest] = [1, 4];

/** Whole blocks, soon enough for every thread. Only what is lost with a killed run depends on it. */
function createPace(): Pace {
  const forAll = sampleBlock * availableParallelism();
  let samples = sampleBlock;
  return {
    samples: () => samples,
    took: (seconds) => {
      if (samples < forAll || seconds < shortest) samples *= 2;
      else if (seconds > longest && samples >= 2 * forAll) samples /= 2;
    },
  };
}
