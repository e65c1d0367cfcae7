import { type LayerDefinition, only } from '../definition.js';
import { sameChannels } from '../links.js';
import { checkWindow, imageOf, poolingOutput, type Window } from '../window.js';

export interface AvgPool2dConfig extends Window {
  /** Whether padding counts as zeros in the mean (ONNX `count_include_pad`); tfjs and Keras: false. */
  readonly includePadding: boolean;
}

/** The mean under each window. */
export const avgPool2d: LayerDefinition<AvgPool2dConfig> = {
  arity: 1,
  defaults: { kernelSize: [2, 2], strides: [2, 2], padding: 'valid', dilation: [1, 1], includePadding: false },
  check: checkWindow,
  inferShape: (config, inputs) => [...poolingOutput(config, only(inputs)), imageOf(only(inputs)).channels],
  links: sameChannels,
};
