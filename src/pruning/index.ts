export { composePlans, diffPlans, rebasePlan } from './algebra.js';
export type { NodeScore } from './candidates.js';
export {
  type Certificate,
  type CertifyOptions,
  type Comparison,
  certify,
  compareNetworks,
  type MeasuredData,
  type Measurement,
  type Pruned,
} from './certificate.js';
export { type CoupledLayers, coupledLayers, expectRemovable } from './coupled.js';
export { type Held, heldBy, maskNetwork } from './mask.js';
export {
  checkPlan,
  createPlan,
  type NodesByLayer,
  type PlannedNodes,
  type PlanOptions,
  type PruningPlan,
} from './plan.js';
export { amountAt, amountsOf, type ScheduleName, type ScheduleOptions, scheduleNames } from './schedule.js';
export { type Amounts, type GrowingSelection, growingSelection, type SelectOptions, selectNodes } from './select.js';
export { type Kept, type Shrunk, shrinkNetwork } from './shrink.js';
export { invertPruning, type Undo, undoPruning } from './undo.js';
export { masksOf, maskWeights, type PlannedWeights, suitsPattern, type WeightsByLayer } from './weights/masks.js';
export type { WeightPattern } from './weights/pattern.js';
export { type SelectWeightsOptions, selectWeights, type WeightAmounts, type WeightScores } from './weights/select.js';
