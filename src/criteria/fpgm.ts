import { type Layer, nodeCount } from '../network/index.js';
import type { Criterion } from './criterion.js';
import { eachLayer, kernelOf } from './incoming.js';

export const fpgm: Criterion = {
  keep: 'high',
  signed: false,
  needs: [],
  takes: [],
  formula: 'sum of the Euclidean distances from its incoming weights to those of the other nodes of its layer',
  source: 'He et al., Filter pruning via geometric median, CVPR 2019',
  nodes: eachLayer(distanceSums),
};

function distanceSums(layer: Layer): Float64Array {
  const nodes = nodeCount(layer);
  const columns = Array.from({ length: nodes }, (_, node) => incomingOf(layer, nodes, node));
  const sums = new Float64Array(nodes);
  for (const [a, column] of columns.entries()) {
    for (let b = 0; b < a; b++) {
      const distance = euclidean(column, columns[b]!);
      sums[a]! += distance;
      sums[b]! += distance;
    }
  }
  return sums;
}

function incomingOf(layer: Layer, nodes: number, node: number): Float64Array {
  const weights = kernelOf(layer);
  return Float64Array.from({ length: weights.length / nodes }, (_, row) => weights[row * nodes + node]!);
}

function euclidean(a: Float64Array, b: Float64Array): number {
  let squares = 0;
  for (let i = 0; i < a.length; i++) squares += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(squares);
}
