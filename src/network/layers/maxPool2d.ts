import { type LayerDefinition, only } from '../definition.js';
import { sameChannels } from '../links.js';
import { checkWindow, imageOf, poolingOutput, type Window } from '../window.js';

export interface MaxPool2dConfig extends Window {}

/** The largest value under each window; padding never wins. */
export const maxPool2d: LayerDefinition<MaxPool2dConfig> = {
  arity: 1,
  defaults: { kernelSize: [2, 2], strides: [2, 2], padding: 'valid', dilation: [1, 1] },
  check: checkWindow,
  inferShape: (config, inputs) => [...poolingOutput(config, only(inputs)), imageOf(only(inputs)).channels],
  links: sameChannels,
};
