import type { Sweep } from '../engine/index.js';
import { chooseLayers, type Layer, type LossHead, type Network, nodeCount, nodeOutput } from '../network/index.js';
import { invalid, isNonNegativeInteger } from '../util/expect.js';
import type { CutPoint } from './events.js';

/** One layer's nodes to be ablated, and where. `Sweep.values` are to be filled for cut point `mean`. */
export interface LayerSweep extends Sweep {
  readonly layer: Layer;
}

/** How many nodes are ablated. */
export const nodesIn = (sweeps: readonly LayerSweep[]): number =>
  sweeps.reduce((sum, { nodes }) => sum + nodes.length, 0);

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

/**
 * Node numbers of a layer in rising order, each once; default: all. `name` is the argument that they came in.
 *
 * @throws SecateurError ERR_ARGUMENT for a number that is not there, or fewer than `least`.
 */
export function selectNodes(
  layer: Layer,
  nodes: readonly number[] | undefined,
  name = 'nodes',
  least = 1,
): Uint32Array {
  const count = nodeCount(layer);
  const wrong = nodes?.find((node) => !isNonNegativeInteger(node) || node >= count);
  const chosen = Uint32Array.from(new Set(nodes ?? Array.from({ length: count }).keys())).sort();
  if (wrong !== undefined || chosen.length < least) {
    const how = least > 1 ? `at least ${least} ` : '';
    throw invalid(name, `${how}node numbers of layer "${layer.name}", 0 to ${count - 1}`, wrong ?? nodes);
  }
  return chosen;
}
