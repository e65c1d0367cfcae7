import type { Tensor } from '../../tensor/tensor.js';
import { constantSums, isPadded, kernelHolders, scaled, tapSums } from './kernels.js';
import type { PruningRules } from './rules.js';

export const conv2d: PruningRules<'conv2d'> = {
  constants: (layer, [input = []], [shape = []]) => {
    const { filters, groups } = layer.config;
    const channels = input.length / groups;
    return constantSums(layer, input, isPadded(layer.config, shape), function* (to) {
      const first = Math.floor(to / (filters / groups)) * channels;
      for (let from = 0; from < channels; from++) yield [from * filters + to, first + from];
    });
  },
  holders: kernelHolders,
  /** A block of a grouped convolution goes as a whole. */
  mixes: ({ config }) => config.groups === 1,
  contribution: ({ config, weights }, channel, value, shape) => {
    if (value !== 0 && isPadded(config, shape)) return `it is ${value} there, and zeros stand around the image`;
    const { filters } = config;
    if (value === 0) return new Float64Array(filters);
    return scaled(tapSums(weights.kernel as Tensor), channel * filters, filters, value);
  },
  resized: ({ config }, { before, after }) => ({
    ...config,
    filters: after,
    groups: config.groups === 1 ? 1 : (config.groups * after) / before,
  }),
};
