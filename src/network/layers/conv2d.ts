import { sizeOf } from '../../tensor/tensor.js';
import { isPositiveInteger } from '../../util/expect.js';
import { type LayerDefinition, LayerProblem, only, shapeMismatch } from '../definition.js';
import { blocks } from '../links.js';
import { checkWindow, imageOf, type Window, windowOutput } from '../window.js';

export interface Conv2dConfig extends Window {
  readonly filters: number;
  /** Input channels and filters are split into this many blocks that do not see each other. */
  readonly groups: number;
}

/** Cross-correlation with zero padding; kernel `[height, width, channels / groups, filters]`. */
export const conv2d: LayerDefinition<Conv2dConfig> = {
  arity: 1,
  defaults: { strides: [1, 1], padding: 'valid', dilation: [1, 1], groups: 1 },
  check: (config) => {
    checkWindow(config);
    const { filters, groups } = config;
    if (!isPositiveInteger(filters)) throw new LayerProblem(`filters must be a positive integer, not ${filters}`);
    if (!isPositiveInteger(groups) || filters % groups !== 0) {
      throw new LayerProblem(`groups must be a positive divisor of the ${filters} filters, not ${groups}`);
    }
  },
  weights: ({ filters, groups, kernelSize: [height, width] }, inputs) => {
    const { channels } = imageOf(only(inputs));
    const area = height * width;
    return {
      kernel: {
        shape: [height, width, channels / groups, filters],
        axes: [null, null, groups === 1 ? 'in' : null, 'out'],
        role: 'factor',
        initial: { fanIn: (area * channels) / groups, fanOut: area * filters },
      },
      bias: { shape: [filters], axes: ['out'], role: 'offset', optional: true, initial: 0 },
    };
  },
  inferShape: (config, inputs) => {
    const { channels } = imageOf(only(inputs));
    if (channels % config.groups !== 0) {
      throw shapeMismatch(`channels in ${config.groups} equal groups`, only(inputs));
    }
    return [...windowOutput(config, only(inputs)), config.filters];
  },
  links: ({ groups }, inputs, output) => (groups === 1 ? [] : blocks(groups, inputs, output)),
  macs: ({ groups, kernelSize: [height, width] }, inputs, output) =>
    (sizeOf(output) * height * width * imageOf(only(inputs)).channels) / groups,
  hasNodes: true,
};
