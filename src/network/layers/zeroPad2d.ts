import { type LayerDefinition, only } from '../definition.js';
import { sameChannels } from '../links.js';
import { checkPadding, type ExplicitPadding, imageOf } from '../window.js';

export interface ZeroPad2dConfig {
  readonly padding: ExplicitPadding;
}

/** Zeros around an image. */
export const zeroPad2d: LayerDefinition<ZeroPad2dConfig> = {
  arity: 1,
  pads: true,
  defaults: {},
  check: ({ padding }) => checkPadding(padding),
  inferShape: ({ padding: [[top, bottom], [left, right]] }, inputs) => {
    const { height, width, channels } = imageOf(only(inputs));
    return [height + top + bottom, width + left + right, channels];
  },
  links: sameChannels,
};
