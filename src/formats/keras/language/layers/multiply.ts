import { type LayerMapping, plain } from './mapping.js';

export const multiply: LayerMapping<'multiply'> = plain<'multiply'>('Multiply', {});
