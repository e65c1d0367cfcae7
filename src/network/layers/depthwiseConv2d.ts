import { sizeOf } from '../../tensor/tensor.js';
import { isPositiveInteger } from '../../util/expect.js';
import { type LayerDefinition, LayerProblem, only } from '../definition.js';
import { blocks } from '../links.js';
import { checkWindow, imageOf, type Window, windowOutput } from '../window.js';

export interface DepthwiseConv2dConfig extends Window {
  /** Outputs for each input channel; output channel `c * depthMultiplier + m` sees input channel `c` alone. */
  readonly depthMultiplier: number;
}

/** One small convolution for each channel; kernel `[height, width, channels, depthMultiplier]`. */
export const depthwiseConv2d: LayerDefinition<DepthwiseConv2dConfig> = {
  arity: 1,
  defaults: { strides: [1, 1], padding: 'valid', dilation: [1, 1], depthMultiplier: 1 },
  check: (config) => {
    checkWindow(config);
    if (!isPositiveInteger(config.depthMultiplier)) {
      throw new LayerProblem(`depthMultiplier must be a positive integer, not ${config.depthMultiplier}`);
    }
  },
  weights: ({ depthMultiplier, kernelSize: [height, width] }, inputs) => {
    const { channels } = imageOf(only(inputs));
    const area = height * width;
    return {
      kernel: {
        shape: [height, width, channels, depthMultiplier],
        axes: [null, null, 'in', null],
        role: 'factor',
        initial: { fanIn: area * channels, fanOut: area * depthMultiplier },
      },
      bias: { shape: [channels * depthMultiplier], axes: ['out'], role: 'offset', optional: true, initial: 0 },
    };
  },
  inferShape: (config, inputs) => [
    ...windowOutput(config, only(inputs)),
    imageOf(only(inputs)).channels * config.depthMultiplier,
  ],
  links: (_config, inputs, output) => blocks(imageOf(only(inputs)).channels, inputs, output),
  macs: ({ kernelSize: [height, width] }, _inputs, output) => sizeOf(output) * height * width,
  hasNodes: true,
};
