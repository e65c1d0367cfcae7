import { handsOn, type PruningRules } from './rules.js';

export const dropout: PruningRules<'dropout'> = handsOn;
