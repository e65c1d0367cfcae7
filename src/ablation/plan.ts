import type { Sweep } from '../engine/index.js';
import { chooseLayers, type Layer, type LossHead, type Network, nodeCount, nodeOutput } from '../network/index.js';
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
  return chooseLayers(network, layers).map((layer) => {
    const chosen = selectNodes(layer, nodes);
    const site = cut === 'weights' ? layer : nodeOutput(network, layer, head.scores);
    return { layer, site: site.id, nodes: chosen, values: new Float32Array(chosen.length) };
  });
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
