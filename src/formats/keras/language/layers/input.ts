import { isPositiveInteger } from '../../../../util/expect.js';
import { array, type Json, Unsupported } from '../json.js';
import type { LayerMapping } from './mapping.js';

/** The sizes of one sample; the first of the batch shape counts samples and is left out. */
export function sampleShape(config: Json): readonly number[] {
  const shape = array('batch_input_shape', config.batch_input_shape ?? config.batch_shape).slice(1);
  if (shape.length === 0 || !shape.every(isPositiveInteger)) {
    throw new Unsupported(`an input of unknown size ${JSON.stringify(shape)}`);
  }
  return shape;
}

export const input: LayerMapping<'input'> = {
  classes: { InputLayer: (config) => ({ shape: sampleShape(config) }) },
  write: ({ name, config: { shape } }, dialect) => {
    const key = dialect === 'keras3' ? 'batch_shape' : 'batch_input_shape';
    const config = { [key]: [null, ...shape], dtype: 'float32', sparse: false };
    return [{ className: 'InputLayer', name, config }];
  },
};
