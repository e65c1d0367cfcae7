import { activationParameters } from '../../../network/index.js';
import { activations } from '../activations.js';
import type { LayerForward } from '../values.js';

/** The function for each row of the last axis. */
export const activation: LayerForward<'activation'> = ({ config, outputShape }, { data }) => {
  const parameters = activationParameters(config);
  const width = outputShape.at(-1)!;
  const output = new Float64Array(data.length);
  for (let at = 0; at < data.length; at += width) {
    output.set(activations[config.fn](data.subarray(at, at + width), parameters), at);
  }
  return output;
};
