import { flag, number, Unsupported } from '../json.js';
import type { LayerMapping } from './mapping.js';

export const batchNorm: LayerMapping<'batchNorm'> = {
  classes: {
    BatchNormalization: (config, [input = []]) => {
      const axis = Array.isArray(config.axis) ? config.axis[0] : (config.axis ?? -1);
      if (axis !== -1 && axis !== input.length) throw new Unsupported(`batch normalisation over axis ${axis}`);
      return { epsilon: number(config, 'epsilon', 1e-3) };
    },
  },
  weights: (config) => ({
    ...(flag(config, 'scale', true) ? { gamma: 'gamma' } : {}),
    ...(flag(config, 'center', true) ? { beta: 'beta' } : {}),
    mean: 'moving_mean',
    variance: 'moving_variance',
  }),
  write: ({ name, config: { epsilon }, weights: { gamma, beta } }) => {
    const config = { axis: -1, momentum: 0.99, epsilon, scale: gamma !== undefined, center: beta !== undefined };
    return [{ className: 'BatchNormalization', name, config }];
  },
};
