import type { Layer, LayerId } from '../network/index.js';
import type { Context } from './context.js';
import type { LayerScores, Scoring } from './steps.js';

/** The numbers of a layer's kernel. Every kind with nodes has one, and number `i` of it belongs to node `i % nodes`. */
export const kernelOf = (layer: Layer): ArrayLike<number> => layer.weights.kernel?.data ?? [];

/** The kernel's numbers times a vector of the same layout, its square, ...: a number for each. */
export type EachWeight = (weight: number, index: number) => number;

/** For each node the sum of `each` over its incoming weights; biases are left out. */
export function sumIncoming(layer: Layer, each: EachWeight): Float64Array {
  const weights = kernelOf(layer);
  const sums = new Float64Array(layer.outputShape.at(-1) ?? 0);
  for (let i = 0; i < weights.length; i++) sums[i % sums.length]! += each(weights[i]!, i);
  return sums;
}

/** For each weight what `each` gives. */
export const mapKernel = (layer: Layer, each: EachWeight): Float64Array =>
  Float64Array.from(kernelOf(layer), (weight, i) => each(weight, i));

export const scoresOf = (layer: LayerId, scores: Float64Array): LayerScores => ({ type: 'scores', layer, scores });

/** Scores that each layer gives by itself. */
export const eachLayer = (score: (layer: Layer, context: Context) => Float64Array) =>
  async function* (context: Context): Scoring {
    for (const layer of context.layers) yield scoresOf(layer.id, score(layer, context));
  };
