import {
  type Ablated,
  type CompiledNetwork,
  type LabelledSamples,
  type Measured,
  sampleBlock,
} from '../../engine/index.js';
import type { LossHead } from '../../network/index.js';
import { type Journal, packDoubles, unpackDoubles } from '../../run/index.js';
import { SecateurError } from '../../util/errors.js';
import { isPositiveInteger } from '../../util/expect.js';
import { createPace, type Pace } from './pace.js';

/** What is measured together: the nodes of a layer, or some sets of nodes. */
export interface Stage {
  /** How many results it has. */
  readonly size: number;
  /** Measures them on some samples; loss sums go on from those of the samples before. */
  measure(samples: LabelledSamples, before: Float64Array): AsyncIterable<StageEvent>;
}

export type StageEvent =
  | ({ readonly type: 'found'; readonly index: number } & Ablated)
  | { readonly type: 'progress'; readonly done: number };

export interface StagedJob {
  readonly compiled: CompiledNetwork;
  readonly samples: LabelledSamples;
  readonly head: LossHead;
  readonly stages: readonly Stage[];
  readonly journal: Journal;
  readonly signal?: AbortSignal;
}

/** What an engine says, by stage. */
export type StagedEvent =
  | ({ readonly type: 'baseline' } & Measured)
  | ({ readonly type: 'found'; readonly stage: number; readonly index: number } & Ablated)
  | { readonly type: 'progress'; readonly done: number; readonly resumed: number };

/** Of the first `samples` samples, for each result of a stage. */
interface Sums {
  readonly samples: number;
  readonly loss: Float64Array;
  readonly correct: Float64Array;
  readonly flips: Float64Array;
}

/** A run whose sums are kept; `sums` are those of each stage that were found in the journal. */
interface Run {
  readonly job: StagedJob;
  readonly sums: readonly Sums[];
  readonly pace: Pace;
}

/**
 * What the engine finds, with the same bits, from where the journal ends: stage after stage over a part of the samples at
 * a time, whose sums go on from those before and are kept when the part is done.
 */
export async function* runStages(job: StagedJob): AsyncGenerator<StagedEvent, void> {
  const sums = job.stages.map(({ size }, stage) => keptSums(job, stage, size));
  const run = { job, sums, pace: createPace() };
  yield { type: 'baseline', ...(await measureIntact(job)) };
  for (const stage of sums.keys()) yield* tellStage(stage, yield* measureRest(run, stage));
}

function* tellStage(stage: number, { loss, correct, flips }: Sums): Generator<StagedEvent> {
  for (const [index, lossSum] of loss.entries())
    yield { type: 'found', stage, index, lossSum, correct: correct[index]!, flips: flips[index]! };
}

async function measureIntact({ compiled, samples, head, journal, signal }: StagedJob): Promise<Measured> {
  const kept = journal.get('baseline');
  if (kept !== undefined) {
    const [lossSum, correct] = unpackDoubles(kept, 2) as unknown as [number, number];
    return { lossSum, correct };
  }
  const { lossSum, correct } = await compiled.evaluate(samples, head, signal ? { signal } : {});
  await journal.put('baseline', packDoubles(Float64Array.of(lossSum, correct)));
  return { lossSum, correct };
}

async function* measureRest(run: Run, stage: number): AsyncGenerator<StagedEvent, Sums> {
  const { job, pace } = run;
  const { count } = job.samples;
  let sums = run.sums[stage]!;
  while (sums.samples < count) {
    const started = performance.now();
    sums = yield* measurePart(run, stage, sums, Math.min(count, sums.samples + pace.samples()));
    pace.took((performance.now() - started) / 1000);
    await job.journal.put(keyOf(stage), packSums(sums));
  }
  return sums;
}

async function* measurePart(
  { job, sums }: Run,
  stage: number,
  before: Sums,
  to: number,
): AsyncGenerator<StagedEvent, Sums> {
  const samples = samplesBetween(job.samples, before.samples, to);
  const { loss, correct, flips } = before;
  const found: Sums = { samples: to, loss: loss.slice(), correct: correct.slice(), flips: flips.slice() };
  for await (const event of job.stages[stage]!.measure(samples, loss)) {
    if (event.type === 'progress') yield progress(job, sums, stage, before.samples + event.done);
    else {
      found.loss[event.index] = event.lossSum;
      found.correct[event.index]! += event.correct;
      found.flips[event.index]! += event.flips;
    }
  }
  return found;
}

/** Counts a result on a sample as work, whichever stage it is in. */
function progress(
  { stages, samples: { count } }: StagedJob,
  kept: readonly Sums[],
  stage: number,
  done: number,
): StagedEvent {
  const work = (samplesOf: (stage: number) => number): number => {
    const pairs = stages.reduce((sum, { size }, i) => sum + size * samplesOf(i), 0);
    return pairs / stages.reduce((sum, { size }) => sum + size, 0);
  };
  const now = (i: number): number => (i < stage ? count : i === stage ? done : kept[i]!.samples);
  return { type: 'progress', done: work(now), resumed: work((i) => kept[i]!.samples) };
}

function samplesBetween({ x, targets, count, scale }: LabelledSamples, from: number, to: number): LabelledSamples {
  const rows = <T extends typeof x | typeof targets>(values: T): T => {
    const size = values.length / count;
    return values.subarray(from * size, to * size) as T;
  };
  return { x: rows(x), targets: rows(targets), count: to - from, scale };
}

const keyOf = (stage: number): string => `stage ${stage}`;

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

function keptSums({ journal, samples: { count } }: StagedJob, stage: number, size: number): Sums {
  const kept = journal.get(keyOf(stage));
  const none = () => new Float64Array(size);
  if (kept === undefined) return { samples: 0, loss: none(), correct: none(), flips: none() };
  const { samples, loss, correct, flips } = { ...(kept as object) } as Partial<PackedSums>;
  const known = isPositiveInteger(samples) && (samples === count || (samples < count && samples % sampleBlock === 0));
  if (!known)
    throw new SecateurError('ERR_DATA', `a record of the journal is about ${String(samples)} samples of ${count}`);
  const read = (packed: unknown) => unpackDoubles(packed, size);
  return { samples, loss: read(loss), correct: read(correct), flips: read(flips) };
}
