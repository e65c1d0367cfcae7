import { constantSums, kernelHolders } from './kernels.js';
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
    Float64Array.from({ length: units }, (_, to) => value * (weights.kernel?.data[channel * units + to] ?? 0)),
  resized: ({ config }, { after }) => ({ ...config, units: after }),
};
