import { concatAxis } from '../../../../network/index.js';
import { number, Unsupported } from '../json.js';
import type { LayerMapping } from './mapping.js';

/** Keras counts the sample axis as the first, we leave it out. */
export const concat: LayerMapping<'concat'> = {
  classes: {
    Concatenate: (config) => {
      const axis = number(config, 'axis', -1);
      if (axis === 0) throw new Unsupported('joining samples');
      return { axis: axis > 0 ? axis - 1 : axis };
    },
  },
  /** tfjs takes every negative axis for the last. */
  write: ({ name, config, outputShape }) => {
    const axis = config.axis === -1 ? -1 : concatAxis(config, outputShape) + 1;
    return [{ className: 'Concatenate', name, config: { axis } }];
  },
};
