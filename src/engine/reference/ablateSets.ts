import { type Layer, layerAt, type Network } from '../../network/index.js';
import type { Measured, SetsEvent, SetsJob } from '../engine.js';
import { type Block, blocksOf } from './blocks.js';
import {
  type AblatedSum,
  addAblatedTo,
  addTo,
  emptyAblatedSum,
  emptySum,
  flipsAt,
  type MeasureSample,
  measureAt,
} from './measure.js';
import type { Pace } from './pace.js';
import { cutAt, layersBehind, layersToward, type Outputs, runLayer, runLayers, sampleAt } from './pass.js';
import { type CountPasses, countPasses } from './progress.js';

/** What all parts of a run share. */
interface Run {
  readonly network: Network;
  readonly job: SetsJob;
  readonly measure: MeasureSample;
  readonly flips: (outputs: Outputs, intact: Outputs) => number;
  readonly pace: Pace;
  readonly progress: CountPasses;
}

/** Sets `from` to `to - 1`, each but the first grown from the one before. */
interface Row {
  readonly from: number;
  readonly to: number;
}

/** What growing to a set computes again, in order, and the cuts that the set holds at each of these layers. */
interface Step {
  readonly layers: readonly { readonly layer: Layer; readonly dirty: boolean; readonly cuts: readonly number[] }[];
}

/** See `CompiledNetwork.ablateSets`: for every set a pass from its first new cut on. */
export async function* ablateSets(network: Network, job: SetsJob, pace: Pace): AsyncGenerator<SetsEvent, undefined> {
  const rows = rowsOf(job);
  const progress = countPasses(job.samples.count, 1 + rows.length + job.sets.ends.length);
  const run = { network, job, measure: measureAt(job.head, job.samples), flips: flipsAt(job.head), pace, progress };
  yield { type: 'baseline', ...(await measureIntact(run)) };
  yield* progress(job.samples.count);
  for (const row of rows) {
    const sums = yield* measureRow(run, row);
    for (const [i, sum] of sums.entries()) yield { type: 'set', set: row.from + i, ...sum };
  }
}

function rowsOf({ sets: { grows } }: SetsJob): Row[] {
  const starts = [...grows.keys()].filter((set) => !grows[set]);
  return starts.map((from, i) => ({ from, to: starts[i + 1] ?? grows.length }));
}

async function measureIntact({ network, job, measure, pace }: Run): Promise<Measured> {
  const layers = layersToward(network, [job.head.scores]);
  const total = emptySum();
  for (const { from, to } of blocksOf(job.samples.count)) {
    const sum = emptySum();
    for (let sample = from; sample < to; sample++) {
      addTo(sum, measure(await runLayers(network, layers, sampleAt(network, job.samples, sample), pace), sample));
    }
    addTo(total, sum);
  }
  return total;
}

async function* measureRow(run: Run, row: Row): AsyncGenerator<SetsEvent, AblatedSum[]> {
  const steps = stepsOf(run, row);
  const { before } = run.job.sets;
  const totals = steps.map((_, i) => ({ ...emptyAblatedSum(), lossSum: before?.[row.from + i] ?? 0 }));
  for (const block of blocksOf(run.job.samples.count)) {
    const sums = yield* measureBlock(run, steps, block);
    for (const [i, sum] of sums.entries()) addAblatedTo(totals[i]!, sum);
  }
  return totals;
}

async function* measureBlock(
  run: Run,
  steps: readonly Step[],
  { from, to }: Block,
): AsyncGenerator<SetsEvent, AblatedSum[]> {
  const { network, job, measure, flips, pace, progress } = run;
  const sites = steps.flatMap(({ layers }) => layers.map(({ layer }) => layer.id));
  const needed = layersToward(network, [job.head.scores, ...sites]);
  const sums = steps.map(emptyAblatedSum);
  for (let sample = from; sample < to; sample++) {
    const intact = await runLayers(network, needed, sampleAt(network, job.samples, sample), pace);
    let outputs = intact;
    for (const [i, step] of steps.entries()) {
      outputs = await grow(run, step, outputs);
      addAblatedTo(sums[i]!, { ...measure(outputs, sample), flips: flips(outputs, intact) });
    }
    yield* progress(steps.length + 1);
  }
  return sums;
}

/** The steps of a row. A layer is computed again where a new cut lies before it; a new cut alone is only put in. */
function stepsOf({ network, job: { head, cuts, sets } }: Run, { from, to }: Row): Step[] {
  const held: number[] = [];
  return Array.from({ length: to - from }, (_, i) => {
    const added = [...sets.members.subarray(sets.ends[from + i - 1] ?? 0, sets.ends[from + i])];
    held.push(...added);
    const all = [...held];
    const sites = new Set(added.map((cut) => layerAt(network, cuts.sites[cut]! as Layer['id'])));
    const toward = layersToward(network, [head.scores]);
    const dirty = new Set([...sites].flatMap((site) => layersBehind(toward, site.id)));
    const layers = network.layers.filter((layer) => dirty.has(layer) || sites.has(layer));
    return {
      layers: layers.map((layer) => ({
        layer,
        dirty: dirty.has(layer),
        cuts: all.filter((cut) => cuts.sites[cut] === layer.id),
      })),
    };
  });
}

/** The outputs with a step's cuts on top of those that `outputs` have. */
async function grow({ network, job: { cuts }, pace }: Run, { layers }: Step, outputs: Outputs): Promise<Outputs> {
  let grown = outputs;
  for (const { layer, dirty, cuts: here } of layers) {
    await pace();
    if (dirty) grown = grown.with(layer.id, runLayer(network, layer, grown));
    for (const cut of here) grown = cutAt(layer, grown, cuts.nodes[cut]!, cuts.values[cut]!);
  }
  return grown;
}
