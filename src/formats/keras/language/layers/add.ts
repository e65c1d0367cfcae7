import { type LayerMapping, plain } from './mapping.js';

export const add: LayerMapping<'add'> = plain<'add'>('Add', {});
