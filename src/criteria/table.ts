import { ablation } from './ablation.js';
import { ablationAccuracy } from './ablationAccuracy.js';
import { bnScale } from './bnScale.js';
import type { Criterion } from './criterion.js';
import { fpgm } from './fpgm.js';
import { groupL1 } from './groupL1.js';
import { groupL2 } from './groupL2.js';
import { l1 } from './l1.js';
import { l2 } from './l2.js';
import { lamp } from './lamp.js';
import { linf } from './linf.js';
import { magnitude } from './magnitude.js';
import { random } from './random.js';

/** Every criterion. */
export const criteria = {
  l1,
  l2,
  linf,
  'group-l1': groupL1,
  'group-l2': groupL2,
  'bn-scale': bnScale,
  fpgm,
  lamp,
  ablation,
  'ablation-accuracy': ablationAccuracy,
  random,
  magnitude,
} as const satisfies Record<string, Criterion>;

/** A name of the table. */
export type CriterionName = keyof typeof criteria;

/** All names, in the order of the table. */
export const criterionNames = Object.keys(criteria) as readonly CriterionName[];

/** A criterion with the exact type of its row forgotten. */
export const criterionOf = (name: CriterionName): Criterion => criteria[name];
