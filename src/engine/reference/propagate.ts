import { type Layer, type LayerId, type LayerKind, layerAt, type Network } from '../../network/index.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { PropagationEvent, PropagationJob, TapSums, WeightGradients } from '../propagation.js';
import { reachedLayers } from '../reached.js';
import { channelSums } from './backward/connections.js';
import { layerBackwards } from './backward/index.js';
import type { LayerBackward, Step } from './backward/step.js';
import { blocksOf } from './blocks.js';
import { targetAt } from './measure.js';
import type { Pace } from './pace.js';
import { inputsOf, layersToward, type Outputs, runLayers, sampleAt } from './pass.js';
import { startSignals } from './start.js';

/** What all parts of a run share. */
interface Run {
  readonly network: Network;
  readonly job: PropagationJob;
  readonly pace: Pace;
  /** The layers that the scores depend on, in order. */
  readonly layers: readonly Layer[];
  /** Those of them whose signal is wanted, or lies on the way. */
  readonly reached: ReadonlySet<LayerId>;
  readonly maps: readonly Float64Array[];
}

/** See `CompiledNetwork.propagate`: one sample at a time, forward and back. */
export async function* propagate(
  network: Network,
  job: PropagationJob,
  pace: Pace,
): AsyncGenerator<PropagationEvent, undefined> {
  const { count } = job.samples;
  const layers = layersToward(network, [job.head.scores]);
  const maps = job.maps.map((id) => new Float64Array(count * sizeOf(layerAt(network, id).outputShape)));
  const run = { network, job, pace, layers, reached: reachedLayers(network, job), maps };
  let total: Sums | undefined;
  let told = performance.now();
  for (const { from, to } of blocksOf(count)) {
    let block: Sums | undefined;
    for (let sample = from; sample < to; sample++) block = added(block, await sumsOf(run, sample));
    total = added(total, block!);
    if (to < count && performance.now() - told < progressEvery) continue;
    told = performance.now();
    yield { type: 'progress', done: to };
  }
  const { taps, weights, weightedSquares, totals, dead } = total!;
  const byLayer = network.layers.map(({ id }) => ({ total: totals[id]!, dead: dead[id]! }));
  yield { type: 'result', taps, maps, weights, weightedSquares, layers: job.totals ? byLayer : [] };
}

/** Shortest time in milliseconds between two progress events. */
const progressEvery = 100;

/** What is summed over samples. */
interface Sums {
  readonly taps: readonly TapSums[];
  readonly weights: readonly WeightGradients[];
  readonly weightedSquares: readonly Float64Array[];
  /** By layer. */
  readonly totals: Float64Array;
  readonly dead: Float64Array;
}

const columnsOf = ({ taps, weights, weightedSquares, totals, dead }: Sums): Float64Array[] => [
  ...taps.flatMap(({ sum, absolute, square }) => [sum, absolute, square]),
  ...weights.flatMap(({ gradients, squares }) => [...Object.values(gradients), ...Object.values(squares ?? {})]),
  ...weightedSquares,
  totals,
  dead,
];

/** `sums` with `more` added in place, or `more` itself where there are none. */
function added(sums: Sums | undefined, more: Sums): Sums {
  if (sums === undefined) return more;
  const columns = columnsOf(more);
  for (const [i, column] of columnsOf(sums).entries()) {
    for (let k = 0; k < column.length; k++) column[k]! += columns[i]![k]!;
  }
  return sums;
}

async function sumsOf(run: Run, sample: number): Promise<Sums> {
  const { network, job, pace, layers, maps } = run;
  const outputs = await runLayers(network, layers, sampleAt(network, job.samples, sample), pace);
  const { signals, dead } = await passBack(run, outputs, sample);
  for (const [i, id] of job.maps.entries()) maps[i]!.set(signals[id]!, sample * signals[id]!.length);
  return {
    taps: job.taps.map(({ layer, times }) => {
      const r = signals[layer]!;
      const channels = layerAt(network, layer).outputShape.at(-1)!;
      const sum = channelSums(channels, times === 'one' ? r : r.map((value, i) => value * (outputs[layer]?.[i] ?? 0)));
      return { sum, absolute: sum.map(Math.abs), square: sum.map((s) => s * s) };
    }),
    weights: job.weightGradients.map((id) => weightGradients(run, layerAt(network, id), outputs, signals)),
    weightedSquares: job.weightedSquares.map((id) => weightedSquares(run, layerAt(network, id), outputs, signals)),
    totals: Float64Array.from(signals, (signal) => signal.reduce((sum, value) => sum + value, 0)),
    dead,
  };
}

/** The signals at the outputs of all layers, 0 where the scores do not depend on them, and the dead denominators. */
async function passBack({ network, job, pace, layers, reached }: Run, outputs: Outputs, sample: number) {
  const { scores } = job.head;
  const signals: Float64Array[] = network.layers.map(({ outputShape }) => new Float64Array(sizeOf(outputShape)));
  const dead = new Float64Array(network.layers.length);
  signals[scores] = startSignals[job.start](outputs[scores]!, targetAt(job.head, job.samples, sample), job.head);
  for (const layer of layers.toReversed()) {
    if (!layer.inputs.some((id) => reached.has(id))) continue;
    await pace();
    const passed = backwardOf(layer).pass(layer, stepAt(network, job, layer, outputs, signals));
    dead[layer.id] = passed.dead;
    for (const [i, id] of layer.inputs.entries()) {
      if (!reached.has(id)) continue;
      signals[id] = signals[id]!.map((sum, k) => sum + passed.signals[i]![k]!);
    }
  }
  return { signals, dead };
}

const backwardOf = ({ kind }: Layer): LayerBackward<LayerKind> => layerBackwards[kind] as LayerBackward<LayerKind>;

function stepAt(
  network: Network,
  { rules }: PropagationJob,
  layer: Layer,
  outputs: Outputs,
  signals: readonly Float64Array[],
): Step {
  const rule = rules[layer.id]!;
  return { rule, inputs: inputsOf(network, layer, outputs), output: outputs[layer.id]!, signal: signals[layer.id]! };
}

function weightGradients(
  { network, job }: Run,
  layer: Layer,
  outputs: Outputs,
  signals: readonly Float64Array[],
): WeightGradients {
  const step = stepAt(network, job, layer, outputs, signals);
  const gradients = backwardOf(layer).weightGradients?.(layer, step) ?? {};
  const squared = Object.entries(gradients).map(([name, values]) => [name, values.map((g) => g * g)] as const);
  return { layer: layer.id, gradients, squares: job.squaredGradients ? Object.fromEntries(squared) : null };
}

function weightedSquares(run: Run, layer: Layer, outputs: Outputs, signals: readonly Float64Array[]): Float64Array {
  const gradients = weightGradients(run, layer, outputs, signals).gradients.kernel!;
  const squares = new Float64Array(layer.outputShape.at(-1)!);
  for (const [i, w] of layer.weights.kernel!.data.entries()) squares[i % squares.length]! += (w * gradients[i]!) ** 2;
  return squares;
}
