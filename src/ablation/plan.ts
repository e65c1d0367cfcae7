import type { Sweep } from '../engine/index.js';
import {
  ancestorsOf,
  hiddenLayers,
  type Layer,
  type LossHead,
  type Network,
  nodeCount,
  nodeOutput,
} from '../network/index.js';
import { SecateurError } from '../util/errors.js';
import { invalid, isNonNegativeInteger } from '../util/expect.js';
import type { CutPoint } from './events.js';

/** One layer's nodes to be ablated, and where. `Sweep.values` are to be filled for cut point `mean`. */
export interface LayerSweep extends Sweep {
  readonly layer: Layer;
}

interface Selection {
  readonly layers?: readonly string[];
  readonly nodes?: readonly number[];
  readonly cut: CutPoint;
}

/**
 * Which nodes are cut where, in graph order.
 *
 * @throws SecateurError ERR_ARGUMENT for a layer or node that is not there, listing those that are.
 */
export function planSweeps(network: Network, head: LossHead, { layers, nodes, cut }: Selection): LayerSweep[] {
  return selectLayers(network, layers).map((layer) => {
    const chosen = selectNodes(layer, nodes);
    const site = cut === 'weights' ? layer : nodeOutput(network, layer, head.scores);
    return { layer, site: site.id, nodes: chosen, values: new Float32Array(chosen.length) };
  });
}

function selectLayers(network: Network, names: readonly string[] | undefined): Layer[] {
  const reaching = ancestorsOf(network, network.output);
  const possible = network.layers.filter((layer) => nodeCount(layer) > 0 && reaching.has(layer.id));
  if (names === undefined) {
    const hidden = hiddenLayers(network);
    if (hidden.length > 0) return hidden;
    throw new SecateurError('ERR_ARGUMENT', 'the network has no hidden dense or convolution layer to ablate', {
      hint: `name the layers to ablate an output layer: ${possible.map(({ name }) => name).join(', ') || 'there is none'}`,
    });
  }
  const wrong = names.find((name) => !possible.some((layer) => layer.name === name));
  if (wrong !== undefined || names.length === 0) {
    throw invalid('layers', 'names of layers with nodes', wrong ?? names, {
      hint: `layers with nodes: ${possible.map(({ name }) => name).join(', ')}`,
    });
  }
  return possible.filter(({ name }) => names.includes(name));
}

function selectNodes(layer: Layer, nodes: readonly number[] | undefined): Uint32Array {
  const count = nodeCount(layer);
  if (nodes === undefined) return Uint32Array.from({ length: count }, (_, node) => node);
  const wrong = nodes.find((node) => !isNonNegativeInteger(node) || node >= count);
  if (wrong !== undefined || nodes.length === 0) {
    throw invalid('nodes', `node numbers of layer "${layer.name}", 0 to ${count - 1}`, wrong ?? nodes);
  }
  return Uint32Array.from(new Set(nodes)).sort();
}
