import {
  channelGroups,
  groupWeights,
  type Layer,
  layerAt,
  type Network,
  nodeCount,
  type WeightSlice,
} from '../network/index.js';
import { sizeOf } from '../tensor/tensor.js';
import type { Context } from './context.js';
import { scoresOf } from './incoming.js';
import type { Reduction } from './options.js';
import type { Scoring } from './steps.js';

/** What one number of a weight adds to the part of the group that it lies in. */
export type EachNumber = (layer: Layer, weight: string, index: number) => number;

const sum = (parts: readonly number[]): number => parts.reduce((a, b) => a + b, 0);

const reducers: Readonly<Record<Reduction, (parts: readonly number[]) => number>> = {
  sum,
  mean: (parts) => sum(parts) / parts.length,
  max: (parts) => Math.max(...parts),
  prod: (parts) => parts.reduce((a, b) => a * b, 1),
  first: ([first = 0]) => first,
};

/**
 * Scores of nodes from all weights that go with them: a part for each weight that multiplies, what makes the node first,
 * reduced to one number.
 */
export async function* groupedScores(context: Context, each: EachNumber): Scoring {
  const { network, layers, options } = context;
  const groups = channelGroups(network);
  for (const layer of layers) {
    const scores = Float64Array.from({ length: nodeCount(layer) }, (_, node) => {
      const slices = groupWeights(network, groups.of(layer.id, node)).filter(({ role }) => role === 'factor');
      const own = slices.filter((slice) => slice.layer === layer.id).reverse();
      const parts = [...own, ...slices.filter((slice) => slice.layer !== layer.id)];
      return reducers[options.reduce](parts.map((slice) => sumSlice(network, slice, each)));
    });
    yield scoresOf(layer.id, scores);
  }
}

function sumSlice(network: Network, { layer: id, weight, axis, indices }: WeightSlice, each: EachNumber): number {
  const layer = layerAt(network, id);
  const shape = layer.weights[weight]?.shape ?? [];
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  let total = 0;
  for (let block = 0; block < outer; block++) {
    for (const index of indices) {
      const from = (block * shape[axis]! + index) * inner;
      for (let i = from; i < from + inner; i++) total += each(layer, weight, i);
    }
  }
  return total;
}

export const weightIn = (layer: Layer, weight: string, index: number): number =>
  layer.weights[weight]?.data[index] ?? 0;
