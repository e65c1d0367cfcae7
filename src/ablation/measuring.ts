import type { LabelledData } from '../data/index.js';
import {
  type Ablated,
  accuracyOf,
  type CompiledNetwork,
  type Engine,
  type LabelledSamples,
  type Measured,
  prepareLabelled,
  type RunOptions,
  selectEngine,
} from '../engine/index.js';
import type { LayerId, LossHead, LossName, Network } from '../network/index.js';
import { expectArguments } from '../util/arguments.js';
import { abortedError, SecateurError } from '../util/errors.js';
import { expectOneOf, invalid } from '../util/expect.js';
import { type BaselineEvent, type CutPoint, cutPoints, type DoneEvent, type ProgressEvent } from './events.js';

/** How losses without nodes are measured. */
export interface MeasureOptions extends RunOptions {
  /** Where nodes are cut. Default `weights`. */
  readonly cut?: CutPoint;
  /** Default: the model's own, else by its head and the targets. */
  readonly loss?: LossName;
  /**
   * A file that keeps what was found, as it is found. The same run with the same file goes on from there and ends with the
   * same results, to the last bit.
   */
  readonly journal?: string;
}

/** A run: read its events once with `for await`, or take them all as a table. Nothing is computed before. */
export interface MeasuringRun<Event, Table> extends AsyncIterable<Event> {
  /** Runs to the end. */
  collect(): Promise<Table>;
}

/** What every measurement of ablated networks starts from, checked. */
export interface Measuring {
  readonly network: Network;
  readonly engine: Engine;
  readonly notice: string | null;
  readonly samples: LabelledSamples;
  readonly head: LossHead;
  readonly cut: CutPoint;
  readonly options: MeasureOptions;
  /** Milliseconds of `performance.now()` at the call. */
  readonly started: number;
}

export function prepareMeasuring(network: Network, data: LabelledData, options: MeasureOptions): Measuring {
  expectArguments({ options });
  const started = performance.now();
  const cut = expectOneOf('cut', options.cut ?? 'weights', cutPoints);
  checkJournal(options.journal);
  return {
    network,
    ...prepareLabelled(network, data, options.loss),
    ...selectEngine(options.engine),
    cut,
    options,
    started,
  };
}

function checkJournal(journal: unknown): void {
  if (journal !== undefined && (typeof journal !== 'string' || journal === ''))
    throw invalid('journal', 'the path of a file', journal);
}

/** @throws SecateurError ERR_ABORTED if that happened before anything was computed. */
export function compileFor({ engine, network, options: { signal, threads, memory } }: Measuring): CompiledNetwork {
  if (signal?.aborted) throw abortedError(signal);
  return engine.compile(network, {
    ...(threads === undefined ? {} : { threads }),
    ...(memory === undefined ? {} : { memory }),
  });
}

export const signalOf = ({ options: { signal } }: Measuring): { readonly signal?: AbortSignal } =>
  signal ? { signal } : {};

/** The number by which an output is replaced, for each node of each site: 0, or its mean over the data. */
export async function cutValues(
  compiled: CompiledNetwork,
  measuring: Measuring,
  sites: readonly LayerId[],
): Promise<(site: LayerId, node: number) => number> {
  if (measuring.cut !== 'mean') return () => 0;
  const sums = await compiled.activationSums(measuring.samples, sites, signalOf(measuring));
  return (site, node) => {
    const { sum, count } = sums[sites.indexOf(site)]!;
    return sum[node]! / count;
  };
}

/** Mean loss and accuracy of sums over all samples. */
export function meansOf({ samples, head }: Measuring, sums: Measured): { loss: number; accuracy: number | null } {
  return { loss: sums.lossSum / samples.count, accuracy: accuracyOf(sums, samples.count, head) };
}

/** The same without some nodes. */
export function ablatedMeansOf(
  measuring: Measuring,
  sums: Ablated,
): { loss: number; accuracy: number | null; flips: number | null } {
  return { ...meansOf(measuring, sums), flips: measuring.head.loss === 'mse' ? null : sums.flips };
}

export function baselineEvent(measuring: Measuring, sums: Measured): BaselineEvent {
  const { samples, cut, head, engine, notice } = measuring;
  return {
    type: 'baseline',
    schemaVersion: 1,
    samples: samples.count,
    ...meansOf(measuring, sums),
    cut,
    lossName: head.loss,
    engine: engine.name,
    notice,
  };
}

const secondsSince = (started: number): number => (performance.now() - started) / 1000;

/** Nothing as long as there is nothing to say; `resumed` is the part of the work that an earlier run has done. */
export function progressEvents({ samples, started }: Measuring, work: number, resumed = 0): ProgressEvent[] {
  const done = Math.floor(work);
  const seconds = secondsSince(started);
  const eta = done > resumed ? (seconds * (samples.count - done)) / (done - resumed) : Number.NaN;
  return Number.isFinite(eta) ? [{ type: 'progress', done, of: samples.count, seconds, eta }] : [];
}

export const doneEvent = ({ started }: Measuring, nodes: number): DoneEvent => ({
  type: 'done',
  seconds: secondsSince(started),
  nodes,
});

export type Told<Event, Type> = Omit<Extract<Event, { readonly type: Type }>, 'type'>;

/** A run read to its end: its events by type, each without that. */
export interface Gathered<Event extends { readonly type: string }> {
  readonly baseline: Omit<BaselineEvent, 'type' | 'schemaVersion'>;
  of<Type extends Event['type']>(type: Type): Told<Event, Type>[];
  readonly seconds: number;
}

/** @throws SecateurError ERR_ARGUMENT if the events were read before. */
export async function gather<Event extends { readonly type: string }>(
  events: AsyncIterable<Event | BaselineEvent | DoneEvent>,
): Promise<Gathered<Event>> {
  expectArguments({ events });
  const all: (Event | BaselineEvent | DoneEvent)[] = [];
  for await (const event of events) if (event.type !== 'progress') all.push(event);
  const of = <Type extends string>(type: Type) =>
    all.filter((event) => event.type === type).map(({ type: _type, ...rest }) => rest) as unknown[];
  const [first] = of('baseline') as Omit<BaselineEvent, 'type'>[];
  if (!first) throw new SecateurError('ERR_ARGUMENT', 'the events of this run were read before');
  const { schemaVersion: _version, ...baseline } = first;
  const [done] = of('done') as Omit<DoneEvent, 'type'>[];
  return { baseline, of: of as Gathered<Event>['of'], seconds: done?.seconds ?? 0 };
}
