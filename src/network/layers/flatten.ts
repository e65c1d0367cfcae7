import { sizeOf } from '../../tensor/tensor.js';
import { type LayerDefinition, only } from '../definition.js';
import { sameNumbers } from '../links.js';

export type FlattenConfig = Readonly<Record<never, never>>;

/** All numbers of a sample in a row; images in height, width, channel order. */
export const flatten: LayerDefinition<FlattenConfig> = {
  arity: 1,
  keepsNumbers: true,
  defaults: {},
  inferShape: (_config, inputs) => [sizeOf(only(inputs))],
  links: sameNumbers,
};
