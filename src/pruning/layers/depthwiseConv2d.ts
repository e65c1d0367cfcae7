import { constantSums, isPadded, kernelHolders } from './kernels.js';
import type { PruningRules } from './rules.js';

export const depthwiseConv2d: PruningRules<'depthwiseConv2d'> = {
  constants: (layer, [input = []], [shape = []]) =>
    constantSums(layer, input, isPadded(layer.config, shape), (to) => [
      [to, Math.floor(to / layer.config.depthMultiplier)],
    ]),
  holders: kernelHolders,
};
