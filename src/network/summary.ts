import { type Shape, sizeOf } from '../tensor/tensor.js';
import { expectArguments } from '../util/arguments.js';
import { definitionOf, type LayerKind } from './layers/index.js';
import { inputShapes, type Layer, type Network } from './network.js';
import { nodeCount } from './nodes.js';
import { outputNames } from './outputs.js';
import { ownWeights } from './sharing.js';

/** One layer of a summary. */
export interface LayerSummary {
  readonly name: string;
  readonly kind: LayerKind;
  readonly outputShape: Shape;
  readonly parameters: number;
  /** Multiply-accumulates for one sample. */
  readonly macs: number;
  readonly nodes: number;
}

/** What a network is made of, and what one sample costs. */
export interface NetworkSummary {
  readonly layers: readonly LayerSummary[];
  /** Names of the layers whose outputs are the network's. */
  readonly outputs: readonly string[];
  /** What layers share counts once. */
  readonly parameters: number;
  readonly macs: number;
}

/** Multiply-accumulates of one layer for one sample. */
export function layerMacs(network: Network, layer: Layer): number {
  return definitionOf(layer.kind).macs?.(layer.config, inputShapes(network, layer), layer.outputShape) ?? 0;
}

/** Layers, shapes, parameters and costs, as `inspect` prints them. */
export function summarize(network: Network): NetworkSummary {
  expectArguments({ network });
  const layers = network.layers.map((layer) => ({
    name: layer.name,
    kind: layer.kind,
    outputShape: layer.outputShape,
    parameters: Object.values(layer.weights).reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    macs: layerMacs(network, layer),
    nodes: nodeCount(layer),
  }));
  const parameters = ownWeights(network).reduce((sum, { weight }) => sum + sizeOf(weight.shape), 0);
  const macs = layers.reduce((sum, layer) => sum + layer.macs, 0);
  return { layers, outputs: outputNames(network), parameters, macs };
}
