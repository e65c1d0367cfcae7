export type { Criterion, Need } from './criterion.js';
export { type Normalization, normalizations } from './normalize.js';
export { lostNotice, noticeOf } from './notices.js';
export {
  type CriterionOptions,
  optionNames as criterionOptionNames,
  type Place,
  places,
  type Reduction,
  reductions,
} from './options.js';
export { openPassMemory, type PassMemory } from './passMemory.js';
export type { RunFacts, ScoredData, SharedOptions as WeightScoreOptions } from './prepare.js';
export {
  type KernelScores,
  type ScoreDoneEvent,
  type ScoreEvent,
  type ScoreOptions,
  type ScoreProgressEvent,
  type ScoreRun,
  type ScoreStartEvent,
  type ScoreTable,
  type ScoringEvent,
  scoreSharing,
  scores,
  tabulateScores,
  type WeightScoreTable,
  weightScores,
} from './scores.js';
export type { KeptEvent } from './steps.js';
export { type CriterionName, criteria, criterionNames } from './table.js';
