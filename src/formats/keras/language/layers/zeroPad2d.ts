import type { ExplicitPadding } from '../../../../network/index.js';
import { corrupt, type Json } from '../json.js';
import type { LayerMapping } from './mapping.js';

/** Keras takes one number for all sides, one for each axis, or one for each side. */
function readPadding({ padding = 1 }: Json): ExplicitPadding {
  const axes = Array.isArray(padding) ? padding : [padding, padding];
  const sides = axes.map((axis: unknown) => (Array.isArray(axis) ? axis : [axis, axis]));
  const [height, width] = sides;
  if (sides.length !== 2 || height?.length !== 2 || width?.length !== 2) {
    throw corrupt(`padding: expected one, two or two times two numbers but found ${JSON.stringify(padding)}`);
  }
  return [height, width] as unknown as ExplicitPadding;
}

export const zeroPad2d: LayerMapping<'zeroPad2d'> = {
  classes: { ZeroPadding2D: (config) => ({ padding: readPadding(config) }) },
  write: ({ name, config: { padding } }) => [
    { className: 'ZeroPadding2D', name, config: { padding, data_format: 'channels_last' } },
  ],
};
