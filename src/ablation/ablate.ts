import type { LabelledData } from '../data/index.js';
import type { CompiledNetwork, EngineEvent } from '../engine/index.js';
import type { Network } from '../network/index.js';
import { digestOf, type Journal, type JournalFacts } from '../run/index.js';
import { SecateurError } from '../util/errors.js';
import { measureLook } from './adaptive/measure.js';
import { type AdaptiveOptions, type AdaptiveSettings, checkAdaptive } from './adaptive/options.js';
import { runAdaptive } from './adaptive/run.js';
import { checkTolerances, classify, defaultTolerances, noCounts, type Tolerances } from './classify.js';
import type { AblationEvent, NodeEvent } from './events.js';
import { ablateJournaled, createLooks, openMeasuringJournal, resumable } from './journaled/index.js';
import {
  ablatedMeansOf,
  baselineEvent,
  compileFor,
  cutValues,
  doneEvent,
  type MeasureOptions,
  type Measuring,
  type MeasuringRun,
  prepareMeasuring,
  progressEvents,
  signalOf,
} from './measuring.js';
import { ClassListener, checkPerClass } from './perClass.js';
import { type LayerSweep, nodesIn, planSweeps } from './plan.js';
import { type AblationTable, tabulate } from './table.js';

/** What is ablated, how it is classed, and what is told on the way. */
export interface AblateOptions extends MeasureOptions {
  /** Names of the layers; default: every hidden dense and convolution layer. The order is the graph's. */
  readonly layers?: readonly string[];
  /** Node numbers taken from each of the layers; default: all. */
  readonly nodes?: readonly number[];
  /** Changes from `toleranceLow` to `toleranceHigh`, both included, class a node as zero. Default -1e-5 and 1e-5. */
  readonly toleranceLow?: number;
  readonly toleranceHigh?: number;
  /** Whether running estimates of all nodes are wanted before they are final. */
  readonly partial?: boolean;
  /** Whether loss, change and accuracy are wanted for the samples of each class too; for loss crossentropy. */
  readonly perClass?: boolean;
  /** Classes from part of the samples, at a confidence; default: every node exactly, on all samples. */
  readonly adaptive?: AdaptiveOptions;
  /** See {@link MeasureOptions}. Not with `partial` or `perClass`. */
  readonly journal?: string;
}

/** See {@link MeasuringRun}. */
export type AblationRun = MeasuringRun<AblationEvent, AblationTable>;

/**
 * Measures the network without each of its nodes: exactly, on all samples, unless `adaptive` asks for less.
 *
 * Events come as they are final: the baseline, then layer by layer in graph order each layer's nodes and its counts,
 * then `done`; `progress` several times a second between them. Work is only a bounded way ahead of the reader; leaving
 * the loop or aborting the signal frees everything. Results do not depend on `threads` or `memory`, to the last bit.
 * Adaptive runs tell nodes in the order in which they are decided, and `estimate` of those that are not. A run with a
 * `journal` that was killed is worth some seconds of work less than what it had done.
 *
 * @param data `x` holds whole samples in the model's own layout, `y` a class or a row of targets for each.
 * @throws SecateurError ERR_ARGUMENT, ERR_SHAPE or ERR_DATA for input that does not fit; ERR_NATIVE for an engine that
 * is not there; ERR_ABORTED, while the events are read, and for a `journal` ERR_IO, ERR_DATA if it was damaged, and
 * ERR_ARGUMENT if it belongs to another run.
 * @example
 * for await (const event of ablate(network, { x, y })) if (event.type === 'node') console.log(event.layer, event.change);
 */
export function ablate(network: Network, data: LabelledData, options: AblateOptions = {}): AblationRun {
  const events = run(prepare(network, data, options));
  return {
    [Symbol.asyncIterator]: () => events,
    collect: () => tabulate(events),
  };
}

interface Prepared extends Measuring {
  readonly sweeps: readonly LayerSweep[];
  readonly tolerances: Tolerances;
  readonly partial: boolean;
  readonly perClass: boolean;
  readonly adaptive: AdaptiveSettings | null;
}

function prepare(network: Network, data: LabelledData, options: AblateOptions): Prepared {
  const measuring = prepareMeasuring(network, data, options);
  const adaptive = checkAdaptive(options);
  const perClass = checkPerClass(options.perClass, { head: measuring.head, adaptive });
  const tolerances = checkTolerances({
    low: options.toleranceLow ?? defaultTolerances.low,
    high: options.toleranceHigh ?? defaultTolerances.high,
  });
  const sweeps = planSweeps(network, measuring.head, { ...options, cut: measuring.cut });
  const { partial = false } = options;
  if (options.journal !== undefined)
    expectJournalFits({ 'running estimates are': partial, 'numbers for each class are': perClass });
  return { ...measuring, sweeps, tolerances, partial, perClass, adaptive };
}

function expectJournalFits(others: Readonly<Record<string, boolean>>): void {
  const wanted = Object.keys(others).find((other) => others[other]);
  if (wanted === undefined) return;
  throw new SecateurError('ERR_ARGUMENT', `journal: ${wanted} not kept in a journal`, {
    hint: 'leave out partial and perClass, or the journal',
  });
}

async function* run(prepared: Prepared): AsyncGenerator<AblationEvent, void, undefined> {
  await using journal = await openMeasuringJournal(prepared, factsOf(prepared));
  using compiled = compileFor(prepared);
  const sweeps = await fillMeans(compiled, prepared);
  const { adaptive } = prepared;
  const looks = journal === null ? measureLook : createLooks(journal);
  const events =
    adaptive === null
      ? runExact({ ...prepared, sweeps }, compiled, journal)
      : runAdaptive({ ...prepared, sweeps, adaptive }, compiled, looks);
  yield* journal === null ? events : resumable(events);
}

/** Decisions depend on tolerances; sums do not. */
function factsOf({ sweeps, adaptive, tolerances }: Prepared): JournalFacts {
  const nodes = digestOf(...sweeps.flatMap(({ layer, nodes }) => [layer.name, nodes]));
  return { command: 'ablate', nodes, ...(adaptive && { adaptive, tolerances }) };
}

async function* runExact(
  prepared: Prepared,
  compiled: CompiledNetwork,
  journal: Journal | null,
): AsyncGenerator<AblationEvent, void> {
  const { samples, head, sweeps, partial, perClass } = prepared;
  const narrate = narrator(prepared);
  const job = { samples, head, sweeps, partial, perClass, ...signalOf(prepared) };
  const events = journal === null ? compiled.ablate(job) : ablateJournaled(compiled, job, journal);
  for await (const event of events) yield* narrate(event);
  yield doneEvent(prepared, nodesIn(sweeps));
}

async function fillMeans(compiled: CompiledNetwork, prepared: Prepared): Promise<readonly LayerSweep[]> {
  const { sweeps } = prepared;
  const sites = sweeps.map(({ site }) => site);
  const valueAt = await cutValues(compiled, prepared, sites);
  return sweeps.map((sweep) => ({
    ...sweep,
    values: Float32Array.from(sweep.nodes, (node) => valueAt(sweep.site, node)),
  }));
}

/** Turns sums into means, changes and classes, and counts each layer's classes. */
function narrator(prepared: Prepared): (event: EngineEvent) => Iterable<AblationEvent> {
  const { sweeps, tolerances } = prepared;
  const classes = new ClassListener();
  let intact = 0;
  let counts = noCounts();
  const layerName = (sweep: number): string => sweeps[sweep]?.layer.name ?? '';
  const node = (event: EngineEvent & { type: 'node' }): NodeEvent => {
    const { loss, accuracy, flips } = ablatedMeansOf(prepared, event);
    const change = intact - loss;
    return {
      type: 'node',
      layer: layerName(event.sweep),
      node: sweeps[event.sweep]?.nodes[event.index] ?? 0,
      loss,
      change,
      accuracy,
      class: classify(change, tolerances),
      flips,
      ...classes.node(),
    };
  };
  const tell: { [K in EngineEvent['type']]: (event: EngineEvent & { type: K }) => AblationEvent[] } = {
    baseline: (event) => {
      const told = { ...baselineEvent(prepared, event), ...classes.baseline() };
      intact = told.loss;
      return [told];
    },
    node: (event) => {
      const told = node(event);
      counts[told.class] += 1;
      if (event.index + 1 < (sweeps[event.sweep]?.nodes.length ?? 0)) return [told];
      const layer: AblationEvent = { type: 'layer', layer: told.layer, ...counts };
      counts = noCounts();
      return [told, layer];
    },
    progress: ({ done, resumed }) => progressEvents(prepared, done, resumed),
    block: () => [],
    class: (event) => {
      classes.hear(event);
      return [];
    },
    partial: (event) => [
      {
        type: 'partial',
        layer: layerName(event.sweep),
        node: sweeps[event.sweep]?.nodes[event.index] ?? 0,
        change: event.changeSum / event.samples,
        standardError: event.standardError,
        samples: event.samples,
      },
    ],
  };
  return (event) => (tell[event.type] as (event: EngineEvent) => AblationEvent[])(event);
}
