import { Unsupported } from '../json.js';
import type { LayerMapping } from './mapping.js';
import { readPool, writePool } from './window.js';

export const avgPool2d: LayerMapping<'avgPool2d'> = {
  classes: { AveragePooling2D: (config) => ({ ...readPool(config), includePadding: false }) },
  write: ({ name, config }) => {
    if (config.includePadding && config.padding !== 'valid') throw new Unsupported('a mean that counts its padding');
    return writePool({ className: 'AveragePooling2D', name }, config);
  },
};
