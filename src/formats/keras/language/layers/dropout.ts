import { expectAbsent, number } from '../json.js';
import type { LayerMapping } from './mapping.js';

export const dropout: LayerMapping<'dropout'> = {
  classes: {
    Dropout: (config) => {
      expectAbsent(config, 'noise_shape');
      return { rate: number(config, 'rate', 0.5) };
    },
  },
  write: ({ name, config: { rate } }) => [{ className: 'Dropout', name, config: { rate } }],
};
