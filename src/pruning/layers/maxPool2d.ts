import { handsOn, type PruningRules } from './rules.js';

export const maxPool2d: PruningRules<'maxPool2d'> = handsOn;
