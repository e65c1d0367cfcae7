import { sizeOf } from '../../../../tensor/tensor.js';
import { array, corrupt } from '../json.js';
import type { LayerMapping } from './mapping.js';

const isOpen = (size: unknown): boolean => size === null || size === -1;

export const reshape: LayerMapping<'reshape'> = {
  classes: {
    /** One size may be open and follows from the others. */
    Reshape: (config, [input = []]) => {
      const target = array('target_shape', config.target_shape);
      const known = target.filter((size) => !isOpen(size)) as number[];
      if (known.length < target.length - 1) throw corrupt(`target_shape [${target}] leaves more than one size open`);
      const rest = sizeOf(input) / sizeOf(known);
      return { shape: target.map((size) => (isOpen(size) ? rest : (size as number))) };
    },
  },
  write: ({ name, config: { shape } }) => [{ className: 'Reshape', name, config: { target_shape: shape } }],
};
