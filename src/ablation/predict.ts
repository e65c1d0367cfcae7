import type { LabelledData } from '../data/index.js';
import { type AblationJob, type EngineName, prepareLabelled, selectEngine } from '../engine/index.js';
import type { Network } from '../network/index.js';
import { abortedError } from '../util/errors.js';
import { expectOneOf } from '../util/expect.js';
import type { AblateOptions } from './ablate.js';
import { cutPoints } from './events.js';
import { planSweeps } from './plan.js';
import { keepPrediction, keptPrediction, predictionKey } from './predictions.js';

/** What {@link predictAblation} finds. */
export interface AblationPrediction {
  /** About how long `ablate` takes with the same arguments, where nothing else wants the processors. */
  readonly seconds: number;
  /** Nodes that it measures. */
  readonly nodes: number;
  readonly engine: EngineName;
}

/**
 * How long `ablate` will take, before it starts. The engine runs the ablation's own steps on a few of the samples, some
 * tenths of a second at most, and keeps what it found in `predictions.json` of the cache folder: the same network, job and
 * machine are measured once. A cache that cannot be read or written is done without. Results never depend on it.
 *
 * @param options those of the run; what they choose beside nodes, engine and loss makes no difference.
 * @throws SecateurError as `ablate`.
 * @example
 * const { seconds } = await predictAblation(network, { x, y });
 */
export async function predictAblation(
  network: Network,
  data: LabelledData,
  options: AblateOptions = {},
): Promise<AblationPrediction> {
  const { signal, threads, memory } = options;
  if (signal?.aborted) throw abortedError(signal);
  const started = performance.now();
  const cut = expectOneOf('cut', options.cut ?? 'weights', cutPoints);
  const { samples, head } = prepareLabelled(network, data, options.loss);
  const { engine } = selectEngine(options.engine);
  const sweeps = planSweeps(network, head, { ...options, cut });
  // No output equals 1 throughout, as none equals its mean: what is told of nodes that change nothing holds then too.
  if (cut === 'mean') for (const { values } of sweeps) values.fill(1);
  const settings = { ...(threads === undefined ? {} : { threads }), ...(memory === undefined ? {} : { memory }) };
  using compiled = engine.compile(network, settings);
  const prepared = (performance.now() - started) / 1000;
  const job: AblationJob = { samples, head, sweeps, partial: false, ...(signal ? { signal } : {}) };
  const key = predictionKey(engine.name, network, job, settings);
  const prediction = (await keptPrediction(key)) ?? (await keepPrediction(key, await compiled.predict(job)));
  const passes = cut === 'mean' ? 2 : 1;
  return {
    seconds: prepared + passes * prediction.intact + prediction.sweeps,
    nodes: sweeps.reduce((sum, { nodes }) => sum + nodes.length, 0),
    engine: engine.name,
  };
}
