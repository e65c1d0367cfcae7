import { activationParameters } from '../../../network/index.js';
import { derivatives } from './derivatives.js';
import { type LayerBackward, passed } from './step.js';

/** The derivative for each row of the last axis; by every other rule an activation hands on what comes. */
export const activation: LayerBackward<'activation'> = {
  pass: ({ config, outputShape }, { rule, inputs, signal }) => {
    if (rule.type !== 'gradient') return passed(signal);
    const parameters = activationParameters(config);
    const width = outputShape.at(-1)!;
    const x = inputs[0]!.data;
    const gradient = new Float64Array(x.length);
    for (let at = 0; at < x.length; at += width) {
      const [from, to] = [at, at + width];
      gradient.set(derivatives[config.fn](x.subarray(from, to), signal.subarray(from, to), parameters), at);
    }
    return passed(gradient);
  },
};
