import type { Tensor } from '../../tensor/tensor.js';
import { constantSums, kernelHolders, scaled } from './kernels.js';
import type { PruningRules } from './rules.js';

export const dense: PruningRules<'dense'> = {
  constants: (layer, [input = []]) => {
    const { units } = layer.config;
    return constantSums(layer, input, false, function* (to) {
      for (let from = 0; from < input.length; from++) yield [from * units + to, from];
    });
  },
  holders: kernelHolders,
  contribution: ({ config: { units }, weights }, channel, value) =>
    scaled((weights.kernel as Tensor).data, channel * units, units, value),
  resized: ({ config }, { after }) => ({ ...config, units: after }),
};
