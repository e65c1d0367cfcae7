import type { MeasuringRun } from '../../ablation/index.js';
import type { LabelledData } from '../../data/index.js';
import { accuracyOf, type EvaluateOptions, prepareLabelled, selectEngine } from '../../engine/index.js';
import { averagePrecision } from '../../metrics/index.js';
import { chooseLayers, type Network } from '../../network/index.js';
import { maskWeights } from '../../pruning/index.js';
import { expectArguments } from '../../util/arguments.js';
import { expectFinite, expectPositiveInteger, invalid } from '../../util/expect.js';
import { pick } from '../choice.js';
import type { IntactEvent, PointsEvent, PointsTable } from './events.js';
import { type Keeping, openKeeping, pointFacts } from './journal.js';
import { gatherPoints, measureIntact, pointsProgress, secondsSince } from './points.js';

/** Whose weights are cut, and where. */
export interface ThresholdSweepOptions extends EvaluateOptions {
  /** Names of the layers whose kernels are cut. Default: all hidden ones. */
  readonly layers?: readonly string[];
  /** Ascending; or how many, evenly spaced from 0 to the largest signed weight. Default 1000. */
  readonly thresholds?: number | readonly number[];
  /** A file that keeps what was measured: the same call with the same file goes on from there. */
  readonly journal?: string;
}

/** The network without the weights that are smaller in magnitude than a threshold. Biases stay. */
export interface ThresholdPoint {
  /** Weights of smaller magnitude are zero. */
  readonly threshold: number;
  /** Weights that are gone. */
  readonly zeros: number;
  readonly loss: number;
  readonly accuracy: number | null;
  /** Of the predicted labels, for one output that says yes or no; else null. */
  readonly averagePrecision: number | null;
}

/** What a threshold sweep tells, in order. */
export type ThresholdEvent = PointsEvent<ThresholdPoint, never, IntactEvent & { readonly weights: number }>;

/** A whole threshold sweep as one document; `weights` of the network can be cut. */
export interface ThresholdTable extends PointsTable<ThresholdPoint> {
  readonly weights: number;
}

/** A running threshold sweep: events to be read once, or all of it as a table. */
export type ThresholdRun = MeasuringRun<ThresholdEvent, ThresholdTable>;

/**
 * Cuts all weights of some kernels below one threshold after the other. What one threshold takes the next one takes too, so
 * that cutting the network afresh is cutting it on and on.
 *
 * @throws SecateurError ERR_ARGUMENT, ERR_SHAPE or ERR_DATA for what does not fit; ERR_NATIVE for an engine that is not
 * there; ERR_ABORTED, while the events are read.
 * @example
 * const { points } = await thresholdSweep(network, { x, y }, { thresholds: 100 }).collect();
 */
export function thresholdSweep(
  network: Network,
  data: LabelledData,
  options: ThresholdSweepOptions = {},
): ThresholdRun {
  expectArguments({ network, options });
  const events = run(network, data, prepare(network, data, options));
  return { [Symbol.asyncIterator]: () => events, collect: () => tabulateThresholds(events) };
}

interface Prepared {
  readonly started: number;
  readonly kernels: readonly { readonly layer: string; readonly data: Float32Array | Float64Array }[];
  readonly thresholds: readonly number[];
  readonly measuring: EvaluateOptions;
  readonly open: () => Promise<Keeping>;
}

function prepare(network: Network, data: LabelledData, options: ThresholdSweepOptions): Prepared {
  const started = performance.now();
  const kernels = chooseLayers(network, options.layers).map(({ name, weights }) => {
    return { layer: name, data: weights.kernel!.data };
  });
  return {
    started,
    kernels,
    thresholds: thresholdsOf(kernels, options.thresholds ?? 1000),
    measuring: pick(options, ['engine', 'threads', 'memory', 'signal', 'loss']),
    open: () => openKeeping(options.journal, () => pointFacts('thresholds', network, data, options)),
  };
}

function thresholdsOf(kernels: Prepared['kernels'], wanted: number | readonly number[]): readonly number[] {
  if (typeof wanted !== 'number') {
    const wrong = wanted.findIndex((value, i) => expectFinite('thresholds', value) < (wanted[i - 1] ?? 0));
    if (wanted.length > 0 && wrong < 0) return wanted;
    throw invalid('thresholds', 'numbers from 0 on, ascending', wanted[wrong] ?? wanted);
  }
  const count = expectPositiveInteger('thresholds', wanted);
  let largest = Number.NEGATIVE_INFINITY;
  for (const { data } of kernels) for (const weight of data) largest = Math.max(largest, weight);
  if (count > 1 && largest > 0) return Array.from({ length: count }, (_, i) => (largest * i) / (count - 1));
  throw invalid('thresholds', 'at least 2, below a largest weight above 0', `${count}, largest weight ${largest}`);
}

async function* run(
  network: Network,
  data: LabelledData,
  { started, kernels, thresholds, measuring, open }: Prepared,
): AsyncGenerator<ThresholdEvent, void, undefined> {
  await using kept = await open();
  const intact = await kept.keep('baseline', () => measureIntact(network, data, measuring));
  const weights = kernels.reduce((sum, own) => sum + own.data.length, 0);
  const about = { what: 'weights', cut: null, scope: 'global' } as const;
  yield { type: 'baseline', schemaVersion: 1, ...about, ...intact, weights };
  let last = null as Omit<ThresholdPoint, 'threshold'> | null;
  for (const [i, threshold] of thresholds.entries()) {
    const masks = kernels.map((kernel) => [kernel.layer, below(kernel.data, threshold)] as const);
    const zeros = masks.reduce((sum, [, mask]) => sum + mask.reduce((a, b) => a + b, 0), 0);
    if (last?.zeros !== zeros) {
      const cut = (): Network => maskWeights(network, Object.fromEntries(masks));
      last = { zeros, ...(await kept.keep(`zeros ${zeros}`, () => measured(cut(), data, measuring))) };
    }
    yield { type: 'point', threshold, ...last };
    yield pointsProgress(started, i + 1, thresholds.length);
  }
  yield { type: 'done', seconds: secondsSince(started) };
}

const below = (kernel: Prepared['kernels'][number]['data'], threshold: number): Uint8Array =>
  Uint8Array.from(kernel, (weight) => Number(Math.abs(weight) < threshold));

async function measured(
  network: Network,
  data: LabelledData,
  { engine: name, signal, loss, ...settings }: EvaluateOptions,
): Promise<Omit<ThresholdPoint, 'threshold' | 'zeros'>> {
  const { samples, head } = prepareLabelled(network, data, loss);
  const stop = signal ? { signal } : {};
  using compiled = selectEngine(name).engine.compile(network, settings);
  const found = await compiled.evaluate(samples, head, stop);
  const means = { loss: found.lossSum / samples.count, accuracy: accuracyOf(found, samples.count, head) };
  if (head.loss !== 'binary-crossentropy' || head.width > 1) return { ...means, averagePrecision: null };
  const logits = await compiled.forward(samples, { layer: head.scores, ...stop });
  const labels = logits.map((logit) => Number(logit > 0));
  return { ...means, averagePrecision: averagePrecision(labels, samples.targets) };
}

/** Where a curve stops being good, read in two ways; null where it never does. */
export interface Cutoffs<Point> {
  /** At the number of points that are good, wherever they are: behind the first fall, where the curve recovers. */
  readonly counted: Point | null;
  /** The first point that is not good. */
  readonly firstFall: Point | null;
}

/** The cutoffs of a curve whose points are in order. */
export function cutoffsOf<Point>(points: readonly Point[], isGood: (point: Point) => boolean): Cutoffs<Point> {
  expectArguments({ points, isGood });
  const good = points.filter(isGood).length;
  return { counted: points[good] ?? null, firstFall: points.find((point) => !isGood(point)) ?? null };
}

/**
 * Reads a threshold sweep to its end.
 *
 * @throws SecateurError ERR_ARGUMENT if its events were read before.
 */
export async function tabulateThresholds(events: AsyncIterable<ThresholdEvent>): Promise<ThresholdTable> {
  const { first, all, seconds } = await gatherPoints<ThresholdEvent>(events);
  return { ...first('baseline'), points: all('point'), seconds };
}
