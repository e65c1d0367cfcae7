import type { LabelledData } from '../data/index.js';
import {
  accuracyOf,
  type CompiledNetwork,
  type Engine,
  type LabelledSamples,
  type Measured,
  prepareLabelled,
  type RunOptions,
  selectEngine,
} from '../engine/index.js';
import type { LossHead, LossName, Network } from '../network/index.js';
import { expectOneOf } from '../util/expect.js';
import { type AdaptiveOptions, type AdaptiveSettings, checkAdaptive } from './adaptive/options.js';
import { checkTolerances, defaultTolerances, type Tolerances } from './classify.js';
import { type BaselineEvent, type CutPoint, cutPoints, type ProgressEvent } from './events.js';
import { type LayerSweep, planSweeps } from './plan.js';

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
  /** Classes from a part of the samples, at a confidence; default: every node exactly, on all samples. */
  readonly adaptive?: AdaptiveOptions;
  /** Default: the model's own, else by its head and the targets. */
  readonly loss?: LossName;
}

/** A run after all checks. */
export interface Prepared {
  readonly network: Network;
  readonly engine: Engine;
  readonly notice: string | null;
  readonly samples: LabelledSamples;
  readonly head: LossHead;
  readonly cut: CutPoint;
  readonly sweeps: readonly LayerSweep[];
  readonly tolerances: Tolerances;
  readonly adaptive: AdaptiveSettings | null;
  readonly options: AblateOptions;
  /** Milliseconds of `performance.now()` at the call. */
  readonly started: number;
}

/** @throws SecateurError as `ablate` says. */
export function prepare(network: Network, data: LabelledData, options: AblateOptions): Prepared {
  const started = performance.now();
  const cut = expectOneOf('cut', options.cut ?? 'weights', cutPoints);
  const tolerances = checkTolerances({
    low: options.toleranceLow ?? defaultTolerances.low,
    high: options.toleranceHigh ?? defaultTolerances.high,
  });
  const adaptive = checkAdaptive(options);
  const { samples, head } = prepareLabelled(network, data, options.loss);
  const sweeps = planSweeps(network, head, { ...options, cut });
  const selection = selectEngine(options.engine);
  return { network, ...selection, samples, head, cut, sweeps, tolerances, adaptive, options, started };
}

export const secondsSince = (started: number): number => (performance.now() - started) / 1000;
/** How many nodes. */
export const total = (sweeps: readonly LayerSweep[]): number =>
  sweeps.reduce((sum, { nodes }) => sum + nodes.length, 0);

/** The sweeps, those of cut point `mean` with their values. */
export async function fillMeans(compiled: CompiledNetwork, prepared: Prepared): Promise<readonly LayerSweep[]> {
  const { cut, sweeps, samples, options } = prepared;
  if (cut !== 'mean') return sweeps;
  const sites = sweeps.map(({ site }) => site);
  const means = await compiled.channelMeans(samples, sites, options.signal ? { signal: options.signal } : {});
  return sweeps.map((sweep, i) => ({
    ...sweep,
    values: Float32Array.from(sweep.nodes, (node) => means[i]?.[node] ?? 0),
  }));
}

/** The first event of a run. */
export function baseline({ samples, cut, head, engine, notice, adaptive }: Prepared, intact: Measured): BaselineEvent {
  return {
    type: 'baseline',
    schemaVersion: 1,
    samples: samples.count,
    loss: intact.lossSum / samples.count,
    accuracy: accuracyOf(intact, samples.count, head),
    cut,
    lossName: head.loss,
    engine: engine.name,
    notice,
    ...(adaptive === null ? {} : { adaptive }),
  };
}

/** Work done, or nothing while that is too little to say what is left. */
export function progress({ samples: { count }, started }: Prepared, work: number): ProgressEvent[] {
  const done = Math.floor(work);
  const seconds = secondsSince(started);
  const eta = done > 0 ? (seconds * (count - done)) / done : Number.NaN;
  return Number.isFinite(eta) ? [{ type: 'progress', done, of: count, seconds, eta }] : [];
}
