import { broadcastShapes } from '../broadcast.js';
import type { LayerDefinition } from '../definition.js';
import { repeatedChannels, sameChannels } from '../links.js';

export type MultiplyConfig = Readonly<Record<never, never>>;

/** Elementwise product; axes of size 1 are repeated (squeeze-and-excite multiplies `[h, w, c]` by `[1, 1, c]`). */
export const multiply: LayerDefinition<MultiplyConfig> = {
  arity: 'many',
  defaults: {},
  inferShape: (_config, inputs) => broadcastShapes(inputs),
  links: sameChannels,
  needs: repeatedChannels,
};
