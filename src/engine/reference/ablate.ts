import { layerAt, type Network } from '../../network/index.js';
import type { AblationJob, EngineEvent, Measured, Sweep } from '../engine.js';
import { type Block, blocksOf } from './blocks.js';
import { addTo, emptySum, type MeasureSample, measureAt, type Sum } from './measure.js';
import type { Pace } from './pace.js';
import { cutAt, layersBehind, layersToward, runLayers, sampleAt } from './pass.js';
import { type CountPasses, countPasses } from './progress.js';

/** What all parts of a run share. */
interface Run {
  readonly network: Network;
  readonly job: AblationJob;
  readonly measure: MeasureSample;
  readonly pace: Pace;
  readonly progress: CountPasses;
}

/** See `CompiledNetwork.ablate`: for every node a pass of its own, from the site on. */
export async function* ablate(network: Network, job: AblationJob, pace: Pace): AsyncGenerator<EngineEvent, undefined> {
  const run = { network, job, measure: measureAt(job.head, job.samples), pace, progress: countWork(job) };
  const intact: Sum[] = [];
  for (const block of blocksOf(job.samples.count)) intact.push(await measureIntact(run, block));
  yield { type: 'baseline', ...merge(intact) };
  yield* run.progress(job.samples.count);
  for (const sweep of job.sweeps.keys()) yield* ablateSweep(run, sweep, intact);
}

/** The baseline is one pass a sample; a sweep one a node and another in front of its site. */
function countWork({ sweeps, samples: { count } }: AblationJob): CountPasses {
  return countPasses(
    count,
    sweeps.reduce((sum, { nodes }) => sum + nodes.length + 1, 1),
  );
}

async function measureIntact({ network, job, measure, pace }: Run, { from, to }: Block): Promise<Sum> {
  const layers = layersToward(network, [job.head.scores]);
  const sum = emptySum();
  for (let sample = from; sample < to; sample++) {
    addTo(sum, measure(await runLayers(network, layers, sampleAt(network, job.samples, sample), pace), sample));
  }
  return sum;
}

async function* ablateSweep(run: Run, sweep: number, intact: readonly Measured[]): AsyncGenerator<EngineEvent, void> {
  const { samples, sweeps, partial, blocks = false } = run.job;
  const { nodes, before } = sweeps[sweep]!;
  const sums: Sum[][] = Array.from(nodes, () => []);
  for (const [i, block] of blocksOf(samples.count).entries()) {
    const blockSums = yield* measureCut(run, sweeps[sweep]!, block);
    blockSums.forEach((sum, index) => {
      sums[index]!.push(sum);
    });
    if (!partial || block.to === samples.count) continue;
    for (const index of nodes.keys()) {
      const changes = sums[index]!.map(({ lossSum }, b) => intact[b]!.lossSum - lossSum);
      yield { type: 'partial', sweep, index, samples: block.to, ...estimate(changes, block.to / (i + 1)) };
    }
  }
  for (const index of nodes.keys()) {
    await run.pace();
    if (blocks) yield* tellBlocks(sweep, index, sums[index]!, intact);
    yield { type: 'node', sweep, index, ...merge(sums[index]!, before?.[index]) };
  }
}

function* tellBlocks(
  sweep: number,
  index: number,
  blocks: readonly Measured[],
  intact: readonly Measured[],
): Generator<EngineEvent> {
  for (const [block, { lossSum }] of blocks.entries()) {
    yield { type: 'block', sweep, index, block, changeSum: intact[block]!.lossSum - lossSum };
  }
}

/** Returns the sums of one block for each node of a sweep. */
async function* measureCut(
  { network, job, measure, pace, progress }: Run,
  sweep: Sweep,
  { from, to }: Block,
): AsyncGenerator<EngineEvent, Sum[]> {
  const layers = layersToward(network, [job.head.scores, sweep.site]);
  const behind = layersBehind(layers, sweep.site);
  const site = layerAt(network, sweep.site);
  const sums = Array.from(sweep.nodes, emptySum);
  for (let sample = from; sample < to; sample++) {
    const intact = await runLayers(network, layers, sampleAt(network, job.samples, sample), pace);
    for (const [index, node] of sweep.nodes.entries()) {
      const cut = cutAt(site, intact, node, sweep.values[index]!);
      addTo(sums[index]!, measure(await runLayers(network, behind, cut, pace), sample));
    }
    yield* progress(sweep.nodes.length + 1);
  }
  return sums;
}

/** Merges the sums of blocks in their order; the loss goes on from `before`. */
function merge(blocks: readonly Measured[], before = 0): Sum {
  const total = { ...emptySum(), lossSum: before };
  for (const block of blocks) addTo(total, block);
  return total;
}

/** Of full blocks: the sum of their changes, and the standard error of the mean change of a sample. */
function estimate(
  changes: readonly number[],
  samplesInBlock: number,
): { changeSum: number; standardError: number | null } {
  const blocks = changes.length;
  const changeSum = changes.reduce((sum, change) => sum + change, 0);
  const squares = changes.reduce((sum, change) => sum + (change - changeSum / blocks) ** 2, 0);
  const standardError = blocks < 2 ? null : Math.sqrt(squares / (blocks - 1) / blocks) / samplesInBlock;
  return { changeSum, standardError };
}
