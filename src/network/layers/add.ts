import { broadcastShapes } from '../broadcast.js';
import type { LayerDefinition } from '../definition.js';
import { repeatedChannels, sameChannels } from '../links.js';

export type AddConfig = Readonly<Record<never, never>>;

/** Elementwise sum; axes of size 1 are repeated. */
export const add: LayerDefinition<AddConfig> = {
  arity: 'many',
  defaults: {},
  inferShape: (_config, inputs) => broadcastShapes(inputs),
  links: sameChannels,
  needs: repeatedChannels,
};
