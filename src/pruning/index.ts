export { composePlans, diffPlans } from './algebra.js';
export { networkDigest } from './digest.js';
export { maskNetwork } from './mask.js';
export {
  checkPlan,
  createPlan,
  type NodesByLayer,
  type PlannedNodes,
  type PlanOptions,
  type PruningPlan,
} from './plan.js';
export { type Kept, type Shrunk, shrinkNetwork } from './shrink.js';
