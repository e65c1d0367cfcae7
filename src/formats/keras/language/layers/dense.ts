import { number, Unsupported } from '../json.js';
import { kernelAndBias, type LayerMapping } from './mapping.js';

export const dense: LayerMapping<'dense'> = {
  classes: {
    Dense: (config, [input]) => {
      if (input?.length !== 1) throw new Unsupported(`dense over the last axis of [${input}] (flatten it first)`);
      return { units: number(config, 'units', Number.NaN) };
    },
  },
  weights: kernelAndBias('kernel'),
  fusesActivation: true,
  write: ({ name, config: { units }, weights: { bias } }) => [
    { className: 'Dense', name, config: { units, use_bias: bias !== undefined } },
  ],
};
