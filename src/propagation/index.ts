// Relevance propagation is the subject of patents: docs/propagation.md says which, and what does without this room.
export {
  type Composite,
  type CompositeName,
  compositeNames,
  composites,
  type LayerChoice,
  type LayerRule,
  layerRules,
} from './composites.js';
export {
  type Convention,
  type ConventionName,
  conventionNames,
  conventions,
  resolveConvention,
} from './conventions.js';
export type {
  ConservationEvent,
  DoneEvent as PropagationDoneEvent,
  MapEvent,
  ProgressEvent as PropagationProgressEvent,
  PropagationRunEvent,
  RelevanceEvent,
  StartEvent as PropagationStartEvent,
} from './events.js';
export type { PropagateOptions } from './prepare.js';
export { type PropagationRun, propagate } from './propagate.js';
export { type ResolvedRule, type RuleChoice, type RuleName, resolveRule, ruleNames, rules } from './rules/index.js';
export type { PropagationTable, RelevanceTable } from './table.js';
