import { type LayerMapping, plain } from './mapping.js';

export const flatten: LayerMapping<'flatten'> = plain<'flatten'>('Flatten', {});
