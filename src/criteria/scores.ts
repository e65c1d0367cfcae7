import { layerAt, type Network } from '../network/index.js';
import type { Shape } from '../tensor/tensor.js';
import { expectArguments } from '../util/arguments.js';
import { abortedError, SecateurError } from '../util/errors.js';
import { expectOneOf } from '../util/expect.js';
import { divisorOf, type Normalization, normalizations } from './normalize.js';
import type { PassMemory } from './passMemory.js';
import { type PreparedRun, prepareRun, type RunFacts, type ScoredData, type SharedOptions } from './prepare.js';
import type { KeptEvent, LayerScores, Spread } from './steps.js';

/** Which criterion, of which layers, with which of its options. */
export interface ScoreOptions extends SharedOptions {
  /** How layers are made comparable; default `none`, the units of the criterion's paper. */
  readonly normalize?: Normalization;
}

/** What is scored and how; always the first event. */
export interface ScoreStartEvent extends RunFacts {
  readonly type: 'start';
  readonly schemaVersion: 1;
  readonly normalize: Normalization;
}

/** The score of one node. Final. */
export interface ScoreEvent {
  readonly type: 'score';
  readonly layer: string;
  readonly node: number;
  readonly score: number;
  /** Of scores that are estimated from draws. */
  readonly standardError?: number;
  /** Lower end of the interval of 95 %: with ever more draws the estimate ends inside of so many such intervals. */
  readonly low?: number;
  /** Upper end of it. */
  readonly high?: number;
}

/** Work done so far out of `of`, in units of the criterion; `seconds` since the start, `eta` seconds to go. */
export interface ScoreProgressEvent {
  readonly type: 'progress';
  readonly done: number;
  readonly of: number;
  readonly seconds: number;
  readonly eta: number;
}

/** The last event of a run. */
export interface ScoreDoneEvent {
  readonly type: 'done';
  readonly seconds: number;
  readonly nodes: number;
}

/**
 * What a run of a criterion tells, in order. Criteria of relevance tell what each layer received and handed on behind all
 * scores.
 */
export type ScoringEvent = ScoreStartEvent | ScoreEvent | ScoreProgressEvent | KeptEvent | ScoreDoneEvent;

/** A whole run as one document. `layers[i].scores[k]` is that of node `k`. */
export interface ScoreTable extends RunFacts {
  readonly schemaVersion: 1;
  readonly normalize: Normalization;
  readonly layers: readonly {
    readonly layer: string;
    readonly scores: readonly number[];
    readonly standardErrors?: readonly number[];
    readonly intervals?: readonly (readonly [low: number, high: number])[];
  }[];
  /** Of criteria of relevance: what each layer that relevance passed received and handed on, from the output back. */
  readonly conservation?: readonly Omit<KeptEvent, 'type'>[];
  readonly seconds: number;
}

/** A run that goes on while its events are read. */
export interface ScoreRun extends AsyncIterable<ScoringEvent> {
  /** Reads to the end. */
  collect(): Promise<ScoreTable>;
}

/**
 * Scores every node by a criterion. Scores come layer by layer in the order of the graph, as soon as they are known;
 * leaving the loop or aborting the signal frees everything.
 *
 * @param data samples, with labels if the criterion needs them; null for criteria that look at weights alone.
 * @throws SecateurError ERR_ARGUMENT, ERR_SHAPE or ERR_DATA for what does not fit; ERR_NATIVE for an engine that is not
 * there; ERR_ABORTED, while the events are read.
 * @example
 * const { layers } = await scores(network, { x, y }, { criterion: 'taylor' }).collect();
 */
export function scores(network: Network, data: ScoredData | null, options: ScoreOptions): ScoreRun {
  expectArguments({ network, options });
  const normalize = expectOneOf('normalize', options.normalize ?? 'none', normalizations);
  const events = run(network, prepareRun(network, data, options, 'nodes'), normalize, options.signal);
  return { [Symbol.asyncIterator]: () => events, collect: () => tabulateScores(events) };
}

/**
 * As {@link scores} to the end, for one of several criteria of the same network, data and options otherwise: what `passes`
 * remembers is not computed again, and counts in `seconds` as if it were.
 */
export function scoreSharing(
  network: Network,
  data: ScoredData | null,
  options: SharedOptions,
  passes: PassMemory,
): Promise<ScoreTable> {
  return tabulateScores(run(network, prepareRun(network, data, options, 'nodes', passes), 'none', options.signal));
}

async function* run(
  network: Network,
  { facts, score, open, seconds: secondsSoFar }: PreparedRun,
  normalize: Normalization,
  signal: AbortSignal | undefined,
): AsyncGenerator<ScoringEvent, void, undefined> {
  if (signal?.aborted) throw abortedError(signal);
  yield { type: 'start', schemaVersion: 1, ...facts, normalize };
  using context = open();
  let nodes = 0;
  for await (const step of score(context)) {
    if (step.type === 'progress') {
      const seconds = secondsSoFar();
      if (step.done > 0) yield { ...step, seconds, eta: (seconds * (step.of - step.done)) / step.done };
      continue;
    }
    if (step.type === 'layer') {
      yield step;
      continue;
    }
    yield* layerEvents(layerAt(network, step.layer).name, step, normalize);
    nodes += step.scores.length;
  }
  yield { type: 'done', seconds: secondsSoFar(), nodes };
}

function* layerEvents(
  layer: string,
  { scores: raw, spread }: LayerScores,
  normalize: Normalization,
): Iterable<ScoreEvent> {
  const divisor = divisorOf(raw, normalize);
  for (const [node, own] of raw.entries()) {
    // JSON has no negative zero: adding 0 makes none of it here either.
    const score = own / divisor + 0;
    yield { type: 'score', layer, node, score, ...(spread && spreadOf(spread, node, score, Math.abs(divisor))) };
  }
}

function spreadOf({ standardErrors, halfWidths }: Spread, node: number, score: number, divisor: number) {
  const reach = halfWidths[node]! / divisor;
  return { standardError: standardErrors[node]! / divisor, low: score - reach, high: score + reach };
}

/**
 * Reads a run to its end.
 *
 * @throws SecateurError ERR_ARGUMENT if its events were read before.
 */
export async function tabulateScores(events: AsyncIterable<ScoringEvent>): Promise<ScoreTable> {
  expectArguments({ events });
  const layers = new Map<string, LayerEstimates>();
  const conservation: Omit<KeptEvent, 'type'>[] = [];
  let start: Omit<ScoreTable, 'layers' | 'conservation' | 'seconds'> | undefined;
  let seconds = 0;
  for await (const event of events) {
    if (event.type === 'start') {
      const { type: _type, ...facts } = event;
      start = facts;
    } else if (event.type === 'score') {
      const row = layers.get(event.layer) ?? { scores: [], standardErrors: [], intervals: [] };
      layers.set(event.layer, row);
      addScore(row, event);
    } else if (event.type === 'layer') {
      const { type: _type, ...kept } = event;
      conservation.push(kept);
    } else if (event.type === 'done') seconds = event.seconds;
  }
  if (!start) throw new SecateurError('ERR_ARGUMENT', 'the events of this run were read before');
  const rows = [...layers].map(([layer, { scores: own, ...spread }]) => {
    return { layer, scores: own, ...(spread.intervals.length > 0 ? spread : {}) };
  });
  return { ...start, layers: rows, ...(conservation.length > 0 ? { conservation } : {}), seconds };
}

interface LayerEstimates {
  readonly scores: number[];
  readonly standardErrors: number[];
  readonly intervals: [low: number, high: number][];
}

function addScore(row: LayerEstimates, { score, standardError, low, high }: ScoreEvent): void {
  row.scores.push(score);
  if (standardError === undefined) return;
  row.standardErrors.push(standardError);
  row.intervals.push([low!, high!]);
}

/** Scores of the single weights of a layer's kernel. */
export interface KernelScores {
  readonly layer: string;
  /** Shape of the kernel, in whose layout the scores are. */
  readonly shape: Shape;
  readonly scores: Float64Array;
}

export interface WeightScoreTable extends RunFacts {
  readonly schemaVersion: 1;
  readonly kernels: readonly KernelScores[];
  readonly seconds: number;
}

/**
 * Scores every single weight of the kernels by a criterion that can.
 *
 * @throws SecateurError as {@link scores}.
 */
export async function weightScores(
  network: Network,
  data: ScoredData | null,
  options: SharedOptions,
): Promise<WeightScoreTable> {
  expectArguments({ network, options });
  const { facts, score, open, seconds } = prepareRun(network, data, options, 'weights');
  if (options.signal?.aborted) throw abortedError(options.signal);
  using context = open();
  const kernels: KernelScores[] = [];
  for await (const step of score(context)) {
    if (step.type !== 'scores') continue;
    const { name, weights } = layerAt(network, step.layer);
    kernels.push({ layer: name, shape: weights.kernel!.shape, scores: step.scores });
  }
  return { schemaVersion: 1, ...facts, kernels, seconds: seconds() };
}
