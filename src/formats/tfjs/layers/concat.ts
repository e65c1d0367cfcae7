import { number, Unsupported } from '../keras.js';
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
  write: ({ name, config: { axis } }) => [
    { className: 'Concatenate', name, config: { axis: axis < 0 ? axis : axis + 1 } },
  ],
};
