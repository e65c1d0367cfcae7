import { handsOn, type PruningRules } from './rules.js';

export const globalAvgPool2d: PruningRules<'globalAvgPool2d'> = handsOn;
