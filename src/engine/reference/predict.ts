import { layerAt, type Network } from '../../network/index.js';
import type { AblationJob, Prediction, Sweep } from '../engine.js';
import { measureAt } from './measure.js';
import type { Pace } from './pace.js';
import { cutAt, layersBehind, layersToward, type Outputs, runLayers, sampleAt } from './pass.js';

/** See `CompiledNetwork.predict`: the passes of one sample, each the second time that it is made. */
export async function predict(network: Network, job: AblationJob, pace: Pace): Promise<Prediction> {
  const { samples, head, sweeps } = job;
  const measure = measureAt(head, samples);
  const known = sampleAt(network, samples, Math.floor(samples.count / 2));
  const through = layersToward(network, [head.scores]);
  const pass = async (): Promise<Outputs> => {
    const outputs = await runLayers(network, through, known, pace);
    measure(outputs, 0);
    return outputs;
  };
  const intact = await secondsOf(pass);
  let all = 0;
  for (const sweep of sweeps)
    all += await sweepSeconds(network, sweep, { through, intact, outputs: await pass(), pace });
  return { intact: samples.count * intact, sweeps: samples.count * all };
}

interface Passed {
  readonly through: ReturnType<typeof layersToward>;
  /** Seconds of an intact pass, and what it left. */
  readonly intact: number;
  readonly outputs: Outputs;
  readonly pace: Pace;
}

/** Of one sample: an intact pass, and for every node what lies behind its site. */
async function sweepSeconds(
  network: Network,
  sweep: Sweep,
  { through, intact, outputs, pace }: Passed,
): Promise<number> {
  const behind = layersBehind(through, sweep.site);
  const site = layerAt(network, sweep.site);
  if (outputs[site.id] === undefined) return intact;
  const node = await secondsOf(() => runLayers(network, behind, cutAt(site, outputs, sweep.nodes[0] ?? 0, 0), pace));
  return intact + sweep.nodes.length * node;
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  await work();
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
