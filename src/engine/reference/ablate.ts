import { layerAt, type Network } from '../../network/index.js';
import type { AblationJob, EngineEvent, Measured, Sweep } from '../engine.js';
import { type Block, blocksOf } from './blocks.js';
import {
  type AblatedSum,
  addAblatedTo,
  addTo,
  classesOf,
  emptyAblatedSum,
  emptySum,
  flipsAt,
  type MeasureSample,
  measureAt,
  type Sum,
} from './measure.js';
import type { Pace } from './pace.js';
import { cutAt, layersBehind, layersToward, type Outputs, runLayers, sampleAt } from './pass.js';
import { type CountPasses, countPasses } from './progress.js';

/** What all parts of a run share. */
interface Run {
  readonly network: Network;
  readonly job: AblationJob;
  readonly measure: MeasureSample;
  readonly flips: (outputs: Outputs, intact: Outputs) => number;
  /** How many samples each class has that sums are wanted for. */
  readonly classes: readonly number[];
  readonly pace: Pace;
  readonly progress: CountPasses;
}

/** Of one node or of the intact network, over a block or over all samples. */
interface Swept extends AblatedSum {
  readonly byClass: readonly Sum[];
}

/** See `CompiledNetwork.ablate`: for every node a pass of its own, from the site on. */
export async function* ablate(network: Network, job: AblationJob, pace: Pace): AsyncGenerator<EngineEvent, undefined> {
  const run = {
    network,
    job,
    measure: measureAt(job.head, job.samples),
    flips: flipsAt(job.head),
    classes: countClasses(job),
    pace,
    progress: countWork(job),
  };
  const intact: Swept[] = [];
  for (const block of blocksOf(job.samples.count)) intact.push(await measureIntact(run, block));
  const { lossSum, correct, byClass } = merge(run, intact);
  yield* tellClasses(run, byClass);
  yield { type: 'baseline', lossSum, correct };
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

const emptySwept = ({ classes }: Run): Swept => ({
  ...emptyAblatedSum(),
  byClass: classes.map(emptySum),
});

/** Adds a sample. */
function addSample({ job, measure, flips }: Run, sum: Swept, outputs: Outputs, intact: Outputs, sample: number): void {
  const measured = measure(outputs, sample);
  addAblatedTo(sum, { ...measured, flips: flips(outputs, intact) });
  const own = sum.byClass[job.samples.targets[sample]!];
  if (own) addTo(own, measured);
}

async function measureIntact(run: Run, { from, to }: Block): Promise<Swept> {
  const { network, job, pace } = run;
  const layers = layersToward(network, [job.head.scores]);
  const sum = emptySwept(run);
  for (let sample = from; sample < to; sample++) {
    const intact = await runLayers(network, layers, sampleAt(network, job.samples, sample), pace);
    addSample(run, sum, intact, intact, sample);
  }
  return sum;
}

/** How many samples each class has. */
function countClasses({ head, samples: { targets }, perClass }: AblationJob): number[] {
  const counts = Array.from({ length: perClass ? classesOf(head) : 0 }, () => 0);
  if (counts.length > 0) for (const label of targets) counts[label]! += 1;
  return counts;
}

function* tellClasses({ classes }: Run, byClass: readonly Sum[]): Generator<EngineEvent> {
  for (const [label, sum] of byClass.entries()) yield { type: 'class', class: label, samples: classes[label]!, ...sum };
}

async function* ablateSweep(run: Run, sweep: number, intact: readonly Measured[]): AsyncGenerator<EngineEvent, void> {
  const { samples, sweeps, partial, blocks = false } = run.job;
  const { nodes, before } = sweeps[sweep]!;
  const sums: Swept[][] = Array.from(nodes, () => []);
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
    const { byClass, ...total } = merge(run, sums[index]!, before?.[index]);
    yield* tellClasses(run, byClass);
    yield { type: 'node', sweep, index, ...total };
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
async function* measureCut(run: Run, sweep: Sweep, { from, to }: Block): AsyncGenerator<EngineEvent, Swept[]> {
  const { network, job, pace, progress } = run;
  const layers = layersToward(network, [job.head.scores, sweep.site]);
  const behind = layersBehind(layers, sweep.site);
  const site = layerAt(network, sweep.site);
  const sums = Array.from(sweep.nodes, () => emptySwept(run));
  for (let sample = from; sample < to; sample++) {
    const intact = await runLayers(network, layers, sampleAt(network, job.samples, sample), pace);
    for (const [index, node] of sweep.nodes.entries()) {
      const cut = cutAt(site, intact, node, sweep.values[index]!);
      addSample(run, sums[index]!, await runLayers(network, behind, cut, pace), intact, sample);
    }
    yield* progress(sweep.nodes.length + 1);
  }
  return sums;
}

/** Merges the sums of blocks in their order; the loss goes on from `before`. */
function merge(run: Run, blocks: readonly Swept[], before = 0): Swept {
  const total = { ...emptySwept(run), lossSum: before };
  for (const block of blocks) {
    addAblatedTo(total, block);
    for (const [label, sum] of block.byClass.entries()) addTo(total.byClass[label]!, sum);
  }
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
