import { createNetwork, type LayerSpec, type Network } from '../../network/index.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import type { UnitScores } from './criteria.js';
import { hiddenNames } from './network.js';

/** All hidden units, the least important first; equal scores in the order of layers and units. */
export type Ranking = Uint16Array;

/** The order in which units go. It is stable, as published, where rankings that are compared are not (`rankAsNumpy`). */
export function rankUnits(scores: UnitScores): Ranking {
  const order = Uint16Array.from(scores.keys());
  return order.sort((a, b) => scores[a]! - scores[b]! || a - b);
}

/** Of all hidden units, the ones that go: a third. */
export const removedOf = (ranking: Ranking): Ranking => ranking.subarray(0, ranking.length / hiddenNames.length);

/** How many of the units that go each layer loses. */
export function lossesOf(removed: Ranking, hidden: number): number[] {
  const losses = hiddenNames.map(() => 0);
  for (const unit of removed) losses[Math.floor(unit / hidden)]!++;
  return losses;
}

/** Stands for a unit without weights, since a layer of no units is none. */
const nothing = -1;

/**
 * The network without some hidden units: their columns, biases, and rows of the next layer. Nothing makes up for them, so it
 * computes what zeros in their place would. A layer that loses all of its units keeps one that is always 0.
 */
export function withoutUnits(network: Network, removed: Ranking): Network {
  const gone = new Set(removed);
  let first = 0;
  let inputs: readonly number[] = [0, 1];
  const layers = network.layers.map((layer): LayerSpec => {
    if (layer.kind !== 'dense') return { name: layer.name, kind: layer.kind, config: layer.config } as LayerSpec;
    const all = [...Array(layer.config.units).keys()];
    const start = first;
    first += all.length;
    const left = layer.id === network.output ? all : all.filter((unit) => !gone.has(start + unit));
    const units = left.length > 0 ? left : [nothing];
    const { kernel, bias } = layer.weights;
    const weights = { kernel: picked(kernel!, inputs, units), bias: picked(bias!, [0], units) };
    inputs = units;
    return { name: layer.name, kind: 'dense', config: { ...layer.config, units: units.length }, weights };
  });
  return createNetwork({ name: network.name, layers, loss: network.loss });
}

/** Some rows and columns of a matrix; a vector is a row. What stands for nothing is 0. */
function picked({ shape, data }: Tensor, rows: readonly number[], columns: readonly number[]): Tensor {
  const width = shape.at(-1) ?? 0;
  const numbers = new Float32Array(rows.length * columns.length);
  let to = 0;
  for (const row of rows) {
    for (const column of columns) numbers[to++] = row < 0 || column < 0 ? 0 : data[row * width + column]!;
  }
  return tensor(shape.length === 1 ? [columns.length] : [rows.length, columns.length], numbers);
}
