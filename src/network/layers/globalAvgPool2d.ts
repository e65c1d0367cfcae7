import { type LayerDefinition, only } from '../definition.js';
import { sameChannels } from '../links.js';
import { imageOf } from '../window.js';

export interface GlobalAvgPool2dConfig {
  /** Whether the output stays an image `[1, 1, channels]`. */
  readonly keepDims: boolean;
}

/** The mean of each channel over all positions. */
export const globalAvgPool2d: LayerDefinition<GlobalAvgPool2dConfig> = {
  arity: 1,
  defaults: { keepDims: false },
  inferShape: ({ keepDims }, inputs) => {
    const { channels } = imageOf(only(inputs));
    return keepDims ? [1, 1, channels] : [channels];
  },
  links: sameChannels,
};
