import { number, Unsupported } from '../keras.js';
import { kernelAndBias, type LayerMapping } from './mapping.js';
import { readConvolution, writeConvolution } from './window.js';

export const conv2d: LayerMapping<'conv2d'> = {
  classes: {
    Conv2D: (config) => {
      const groups = number(config, 'groups', 1);
      if (groups !== 1) throw new Unsupported(`a convolution in ${groups} groups`);
      return { ...readConvolution(config), filters: number(config, 'filters', Number.NaN), groups };
    },
  },
  weights: kernelAndBias('kernel'),
  fusesActivation: true,
  write: ({ name, config, weights: { bias } }) => {
    const { filters, groups } = config;
    if (groups !== 1) throw new Unsupported(`a convolution in ${groups} groups`);
    return writeConvolution({ className: 'Conv2D', name, config: { filters, use_bias: bias !== undefined } }, config);
  },
};
