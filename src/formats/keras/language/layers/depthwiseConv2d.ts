import { number } from '../json.js';
import { kernelAndBias, type LayerMapping } from './mapping.js';
import { readConvolution, writeConvolution } from './window.js';

export const depthwiseConv2d: LayerMapping<'depthwiseConv2d'> = {
  classes: {
    DepthwiseConv2D: (config) => ({
      ...readConvolution(config),
      depthMultiplier: number(config, 'depth_multiplier', 1),
    }),
  },
  weights: kernelAndBias('depthwise_kernel'),
  fusesActivation: true,
  write: ({ name, config, weights: { bias } }) => {
    const settings = { depth_multiplier: config.depthMultiplier, use_bias: bias !== undefined };
    return writeConvolution({ className: 'DepthwiseConv2D', name, config: settings }, config);
  },
};
