import type { LayerMapping } from './mapping.js';
import { readPool, writePool } from './window.js';

export const maxPool2d: LayerMapping<'maxPool2d'> = {
  classes: { MaxPooling2D: readPool },
  write: ({ name, config }) => writePool({ className: 'MaxPooling2D', name }, config),
};
