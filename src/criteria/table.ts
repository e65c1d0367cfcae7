import { ablation } from './ablation.js';
import { ablationAccuracy } from './ablationAccuracy.js';
import { ablationFlips } from './ablationFlips.js';
import { apoz } from './apoz.js';
import { bnScale } from './bnScale.js';
import type { Criterion } from './criterion.js';
import { fisher } from './fisher.js';
import { fpgm } from './fpgm.js';
import { gradient } from './gradient.js';
import { groupFisher } from './groupFisher.js';
import { groupL1 } from './groupL1.js';
import { groupL2 } from './groupL2.js';
import { groupSnip } from './groupSnip.js';
import { importance } from './importance.js';
import { l1 } from './l1.js';
import { l2 } from './l2.js';
import { l2Activation } from './l2Activation.js';
import { lamp } from './lamp.js';
import { linf } from './linf.js';
import { lrp } from './lrp.js';
import { magnitude } from './magnitude.js';
import { meanActivation } from './meanActivation.js';
import { random } from './random.js';
import { shapley } from './shapley.js';
import { snip } from './snip.js';
import { taylor } from './taylor.js';
import { taylorSecond } from './taylorSecond.js';
import { taylorSigned } from './taylorSigned.js';
import { taylorSquared } from './taylorSquared.js';
import { taylorSum } from './taylorSum.js';
import { taylorWeight } from './taylorWeight.js';
import { variance } from './variance.js';
import { wanda } from './wanda.js';

/** Every criterion: those of the weights, of activations, of gradients and relevance, of knock-outs, and the baseline. */
export const criteria = {
  l1,
  l2,
  linf,
  'group-l1': groupL1,
  'group-l2': groupL2,
  'bn-scale': bnScale,
  fpgm,
  lamp,
  magnitude,
  'mean-activation': meanActivation,
  'l2-activation': l2Activation,
  variance,
  apoz,
  wanda,
  gradient,
  snip,
  'group-snip': groupSnip,
  taylor,
  'taylor-squared': taylorSquared,
  'taylor-sum': taylorSum,
  'taylor-signed': taylorSigned,
  'taylor-second': taylorSecond,
  'taylor-weight': taylorWeight,
  fisher,
  'group-fisher': groupFisher,
  importance,
  lrp,
  ablation,
  'ablation-accuracy': ablationAccuracy,
  'ablation-flips': ablationFlips,
  shapley,
  random,
} as const satisfies Record<string, Criterion>;

/** A name of the table. */
export type CriterionName = keyof typeof criteria;

/** All names, in the order of the table. */
export const criterionNames = Object.keys(criteria) as readonly CriterionName[];

/** A criterion with the exact type of its row forgotten. */
export const criterionOf = (name: CriterionName): Criterion => criteria[name];
