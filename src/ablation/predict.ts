import type { LabelledData } from '../data/index.js';
import type { AblationJob, EngineName } from '../engine/index.js';
import type { Network } from '../network/index.js';
import type { AblateOptions } from './ablate.js';
import { compileFor, prepareMeasuring, signalOf } from './measuring.js';
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
  const measuring = prepareMeasuring(network, data, options);
  const { samples, head, cut, engine, started } = measuring;
  const sweeps = planSweeps(network, head, { ...options, cut });
  // Hardly an output is 1, as hardly one is the mean: a node is cut in earnest either way.
  if (cut === 'mean') for (const { values } of sweeps) values.fill(1);
  using compiled = compileFor(measuring);
  const prepared = (performance.now() - started) / 1000;
  const job: AblationJob = { samples, head, sweeps, partial: false, ...signalOf(measuring) };
  const key = predictionKey(engine.name, network, job, options);
  const prediction = (await keptPrediction(key)) ?? (await keepPrediction(key, await compiled.predict(job)));
  const passes = cut === 'mean' ? 2 : 1;
  return {
    seconds: prepared + passes * prediction.intact + prediction.sweeps,
    nodes: sweeps.reduce((sum, { nodes }) => sum + nodes.length, 0),
    engine: engine.name,
  };
}
