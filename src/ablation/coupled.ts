import { channelGroups, hiddenLayers, layerAt, type Network } from '../network/index.js';
import { expectArguments } from '../util/arguments.js';
import type { NodeGroup } from './groups.js';

/**
 * The hidden nodes of a network, those together that can only be removed together: nodes of layers that are added up,
 * for example, or filters with those of the depthwise convolution behind them. In the order of the network.
 */
export function coupledNodes(network: Network): NodeGroup[] {
  expectArguments({ network });
  const hidden = new Set(hiddenLayers(network).map(({ id }) => id));
  const groups = channelGroups(network).all.map(({ members }) =>
    members
      .filter(({ layer }) => hidden.has(layer))
      .map(({ layer, channels }) => ({ layer: layerAt(network, layer).name, nodes: channels })),
  );
  return groups.filter(({ length }) => length > 0);
}
