import type { LabelledData } from '../data/index.js';
import {
  accuracyOf,
  type CompiledNetwork,
  type Engine,
  type EngineEvent,
  type LabelledSamples,
  prepareLabelled,
  type RunOptions,
  selectEngine,
} from '../engine/index.js';
import type { LossHead, LossName, Network } from '../network/index.js';
import { abortedError } from '../util/errors.js';
import { expectOneOf } from '../util/expect.js';
import { checkTolerances, classify, defaultTolerances, type Tolerances } from './classify.js';
import { type AblationEvent, type CutPoint, cutPoints, type NodeClass, type NodeEvent } from './events.js';
import { type LayerSweep, planSweeps } from './plan.js';
import { type AblationTable, tabulate } from './table.js';

export interface AblateOptions extends RunOptions {
  /** Names of the layers; default: every hidden dense and convolution layer. The order is the graph's. */
  readonly layers?: readonly string[];
  /** Node numbers taken from each of the layers; default: all. */
  readonly nodes?: readonly number[];
  /** Default `weights`. */
  readonly cut?: CutPoint;
  /** Changes from `toleranceLow` to `toleranceHigh`, both included, class a node as zero. Default -1e-5 and 1e-5. */
  readonly toleranceLow?: number;
  readonly toleranceHigh?: number;
  /** Whether running estimates of all nodes are wanted before they are final. */
  readonly partial?: boolean;
  /** Default: the model's own, else by its head and the targets. */
  readonly loss?: LossName;
}

/** A run: read its events once with `for await`, or take them all as a table. Nothing is computed before. */
export interface AblationRun extends AsyncIterable<AblationEvent> {
  /** Runs to the end. */
  collect(): Promise<AblationTable>;
}

/**
 * Measures the network without each of its nodes, exactly, on all samples.
 *
 * Events come as they are final: the baseline, then layer by layer in graph order each layer's nodes and its counts,
 * then `done`; `progress` several times a second between them. Work is only a bounded way ahead of the reader; leaving
 * the loop or aborting the signal frees everything. Results do not depend on `threads` or `memory`, to the last bit.
 *
 * @param data `x` holds whole samples in the model's own layout, `y` a class or a row of targets for each.
 * @throws SecateurError ERR_ARGUMENT, ERR_SHAPE or ERR_DATA for input that does not fit; ERR_NATIVE for an engine that
 * is not there; ERR_ABORTED, while the events are read.
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

interface Prepared {
  readonly network: Network;
  readonly engine: Engine;
  readonly notice: string | null;
  readonly samples: LabelledSamples;
  readonly head: LossHead;
  readonly cut: CutPoint;
  readonly sweeps: readonly LayerSweep[];
  readonly tolerances: Tolerances;
  readonly options: AblateOptions;
  /** Milliseconds of `performance.now()` at the call. */
  readonly started: number;
}

function prepare(network: Network, data: LabelledData, options: AblateOptions): Prepared {
  const started = performance.now();
  const cut = expectOneOf('cut', options.cut ?? 'weights', cutPoints);
  const tolerances = checkTolerances({
    low: options.toleranceLow ?? defaultTolerances.low,
    high: options.toleranceHigh ?? defaultTolerances.high,
  });
  const { samples, head } = prepareLabelled(network, data, options.loss);
  const sweeps = planSweeps(network, head, { ...options, cut });
  return { network, ...selectEngine(options.engine), samples, head, cut, sweeps, tolerances, options, started };
}

async function* run(prepared: Prepared): AsyncGenerator<AblationEvent, void, undefined> {
  const { engine, network, samples, head, options } = prepared;
  const { signal, threads, memory } = options;
  if (signal?.aborted) throw abortedError(signal);
  using compiled = engine.compile(network, {
    ...(threads === undefined ? {} : { threads }),
    ...(memory === undefined ? {} : { memory }),
  });
  const sweeps = await fillMeans(compiled, prepared);
  const narrate = narrator(prepared);
  const job = { samples, head, sweeps, partial: options.partial ?? false, ...(signal ? { signal } : {}) };
  for await (const event of compiled.ablate(job)) yield* narrate(event);
  yield { type: 'done', seconds: secondsSince(prepared.started), nodes: total(sweeps) };
}

const secondsSince = (started: number): number => (performance.now() - started) / 1000;
const total = (sweeps: readonly LayerSweep[]): number => sweeps.reduce((sum, { nodes }) => sum + nodes.length, 0);

async function fillMeans(compiled: CompiledNetwork, prepared: Prepared): Promise<readonly LayerSweep[]> {
  const { cut, sweeps, samples, options } = prepared;
  if (cut !== 'mean') return sweeps;
  const sites = sweeps.map(({ site }) => site);
  const sums = await compiled.activationSums(samples, sites, options.signal ? { signal: options.signal } : {});
  const mean = (i: number, node: number): number => sums[i]!.sum[node]! / sums[i]!.count;
  return sweeps.map((sweep, i) => ({ ...sweep, values: Float32Array.from(sweep.nodes, (node) => mean(i, node)) }));
}

/** Turns sums into means, changes and classes, and counts each layer's classes. */
function narrator(prepared: Prepared): (event: EngineEvent) => Iterable<AblationEvent> {
  const { samples, head, sweeps, tolerances } = prepared;
  let intact = 0;
  let counts = noCounts();
  const layerName = (sweep: number): string => sweeps[sweep]?.layer.name ?? '';
  const node = (event: EngineEvent & { type: 'node' }): NodeEvent => {
    const loss = event.lossSum / samples.count;
    const change = intact - loss;
    return {
      type: 'node',
      layer: layerName(event.sweep),
      node: sweeps[event.sweep]?.nodes[event.index] ?? 0,
      loss,
      change,
      accuracy: accuracyOf(event, samples.count, head),
      class: classify(change, tolerances),
    };
  };
  const tell: { [K in EngineEvent['type']]: (event: EngineEvent & { type: K }) => AblationEvent[] } = {
    baseline: (event) => {
      intact = event.lossSum / samples.count;
      return [baseline(prepared, intact, accuracyOf(event, samples.count, head))];
    },
    node: (event) => {
      const told = node(event);
      counts[told.class] += 1;
      if (event.index + 1 < (sweeps[event.sweep]?.nodes.length ?? 0)) return [told];
      const layer: AblationEvent = { type: 'layer', layer: told.layer, ...counts };
      counts = noCounts();
      return [told, layer];
    },
    progress: ({ done: work }) => {
      const done = Math.floor(work);
      const seconds = secondsSince(prepared.started);
      const eta = done > 0 ? (seconds * (samples.count - done)) / done : Number.NaN;
      return Number.isFinite(eta) ? [{ type: 'progress', done, of: samples.count, seconds, eta }] : [];
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

const noCounts = (): Record<NodeClass, number> => ({ zero: 0, worse: 0, important: 0 });

function baseline(
  { samples, cut, head, engine, notice }: Prepared,
  loss: number,
  accuracy: number | null,
): AblationEvent {
  return {
    type: 'baseline',
    schemaVersion: 1,
    samples: samples.count,
    loss,
    accuracy,
    cut,
    lossName: head.loss,
    engine: engine.name,
    notice,
  };
}
