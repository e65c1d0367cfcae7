import { inputShapes, type Network } from '../network/index.js';
import { rulesOf } from './layers/index.js';
import type { Constants } from './layers/rules.js';

/** By layer, which channels of its output are one number for every sample and at every position. */
export function constantChannels(network: Network): readonly Constants[] {
  const found: Constants[] = [];
  for (const layer of network.layers) {
    const inputs = layer.inputs.map((id) => found[id] ?? []);
    found.push(rulesOf(layer.kind).constants(layer, inputs, inputShapes(network, layer)));
  }
  return found;
}
