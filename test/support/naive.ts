import type { Samples } from '../../src/engine/engine.js';
import { layerForwards } from '../../src/engine/reference/layers/index.js';
import type { LayerForward, Values } from '../../src/engine/reference/values.js';
import type { LayerId, LayerKind, LossName, Network } from '../../src/network/index.js';
import { sizeOf } from '../../src/tensor/tensor.js';
import type { RandomData } from './randomNetwork.js';

/** Channel `node` of the output of layer `site` replaced by `value`. */
export interface Cut {
  readonly site: LayerId;
  readonly node: number;
  readonly value: number;
}

export interface NaiveResult {
  readonly lossSum: number;
  readonly correct: number;
  /** For cross-entropy, by class. */
  readonly byClass: readonly { readonly samples: number; readonly lossSum: number; readonly correct: number }[];
  /** The scores of each sample. */
  readonly scores: readonly Float64Array[];
  /** Largest size of any number in any layer. */
  readonly scale: number;
}

/** Every layer's output for one sample, all computed anew, with nodes cut as given. */
export function naivePass(network: Network, data: Samples, sample: number, ...cuts: readonly Cut[]): Float64Array[] {
  const size = sizeOf(network.layers[network.input]?.outputShape ?? []);
  const x = Float64Array.from({ length: size }, (_, i) => (data.x[sample * size + i] as number) * data.scale);
  const outputs: Float64Array[] = [];
  for (const layer of network.layers) {
    const inputs = layer.inputs.map((id) => ({ shape: network.layers[id]?.outputShape ?? [], data: outputs[id] }));
    const given = (inputs.length > 0 ? inputs : [{ shape: layer.outputShape, data: x }]) as [Values, ...Values[]];
    const output = Float64Array.from((layerForwards[layer.kind] as LayerForward<LayerKind>)(layer, ...given));
    for (const cut of cuts) {
      if (cut.site !== layer.id) continue;
      for (let i = cut.node; i < output.length; i += layer.outputShape.at(-1) as number) output[i] = cut.value;
    }
    outputs.push(output);
  }
  return outputs;
}

type Measure = (scores: readonly number[], targets: ArrayLike<number>, sample: number) => number;

/** The losses as textbooks write them; scores beyond +-700 would overflow. */
const naiveLoss: Readonly<Record<LossName, Measure>> = {
  crossentropy: (z, labels, sample) => {
    const own = z[labels[sample] as number] as number;
    return Math.log(z.reduce((sum, score) => sum + Math.exp(score - own), 0));
  },
  'binary-crossentropy': (z, targets, sample) =>
    mean(z, (score, k) => Math.log(1 + Math.exp(score)) - (targets[sample * z.length + k] as number) * score),
  mse: (z, targets, sample) => mean(z, (score, k) => (score - (targets[sample * z.length + k] as number)) ** 2),
};

const mean = (values: readonly number[], f: (value: number, k: number) => number): number =>
  values.reduce((sum, value, k) => sum + f(value, k), 0) / values.length;

const naiveCorrect: Readonly<Record<LossName, Measure>> = {
  crossentropy: (z, labels, sample) => Number(z.indexOf(Math.max(...z)) === labels[sample]),
  'binary-crossentropy': (z, targets, sample) =>
    z.filter((score, k) => score > 0 === (targets[sample * z.length + k] as number) >= 0.5).length,
  mse: () => 0,
};

const byClassOf = ({ head, targets }: RandomData, losses: readonly number[], right: readonly number[]) =>
  Array.from({ length: head.loss === 'crossentropy' ? head.width : 0 }, (_, label) => {
    const own = [...losses.keys()].filter((sample) => targets[sample] === label);
    const sum = (values: readonly number[]) => own.reduce((total, sample) => total + (values[sample] as number), 0);
    return { samples: own.length, lossSum: sum(losses), correct: sum(right) };
  });

/** Loss and right answers of all samples, each by a full forward pass in double. */
export function naiveMeasure(network: Network, data: RandomData, ...cuts: readonly Cut[]): NaiveResult {
  const { head, targets, count } = data;
  let scale = 0;
  const losses: number[] = [];
  const right: number[] = [];
  const all: Float64Array[] = [];
  for (let sample = 0; sample < count; sample++) {
    const outputs = naivePass(network, data, sample, ...cuts);
    const scores = outputs[head.scores] as Float64Array;
    losses.push(naiveLoss[head.loss]([...scores], targets, sample));
    right.push(naiveCorrect[head.loss]([...scores], targets, sample));
    scale = Math.max(scale, ...outputs.map((output) => output.reduce((a, b) => Math.max(a, Math.abs(b)), 0)));
    all.push(scores);
  }
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const byClass = byClassOf(data, losses, right);
  return { lossSum: sum(losses), correct: sum(right), byClass, scores: all, scale };
}

/** How many predictions differ between two results. */
export function naiveFlips({ head }: RandomData, { scores: intact }: NaiveResult, { scores }: NaiveResult): number {
  const differ: Readonly<Record<LossName, (a: readonly number[], b: readonly number[]) => number>> = {
    crossentropy: (a, b) => Number(a.indexOf(Math.max(...a)) !== b.indexOf(Math.max(...b))),
    'binary-crossentropy': (a, b) => a.filter((score, k) => score > 0 !== (b[k] as number) > 0).length,
    mse: () => 0,
  };
  return scores.reduce((sum, z, i) => sum + differ[head.loss]([...z], [...(intact[i] ?? [])]), 0);
}

/** How many right answers hang on a difference of at most `bound` between scores, or between a score and 0. */
export function closeCalls({ head }: RandomData, { scores }: NaiveResult, bound: number): number {
  const close: Readonly<Record<LossName, (z: readonly number[]) => number>> = {
    crossentropy: (z) => {
      const [first = 0, second = Number.NEGATIVE_INFINITY] = [...z].sort((a, b) => b - a);
      return Number(first - second <= bound);
    },
    'binary-crossentropy': (z) => z.filter((score) => Math.abs(score) <= bound).length,
    mse: () => 0,
  };
  return scores.reduce((sum, z) => sum + close[head.loss]([...z]), 0);
}
