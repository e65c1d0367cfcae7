export { type AblateOptions, type AblationRun, ablate } from './ablate.js';
export type { AdaptiveOptions, AdaptiveSettings } from './adaptive/options.js';
export { type Replay, type ReplaySettings, replayAdaptive } from './adaptive/replay.js';
export { classify, defaultTolerances, type Tolerances } from './classify.js';
export { coupledNodes } from './coupled.js';
export {
  ablateCumulative,
  type CumulativeEvent,
  type CumulativeTable,
  type RemovalEvent,
  tabulateCumulative,
} from './cumulative.js';
export {
  type AblationEvent,
  type BaselineEvent,
  type ClassAblation,
  type CutPoint,
  cutPoints,
  type DoneEvent,
  type EstimateEvent,
  type Evidence,
  type LayerEvent,
  type NodeClass,
  type NodeEvent,
  type PartialEvent,
  type ProgressEvent,
} from './events.js';
export {
  ablateGroups,
  type GroupEvent,
  type GroupsEvent,
  type GroupsTable,
  type NodeGroup,
  tabulateGroups,
} from './groups.js';
export type { MeasureOptions, MeasuringRun } from './measuring.js';
export {
  ablatePairs,
  type PairEvent,
  type PairsEvent,
  type PairsOptions,
  type PairsTable,
  type SingleEvent,
  tabulatePairs,
} from './pairs.js';
export { type AblationPrediction, predictAblation } from './predict.js';
export type { NodeRef, Without } from './sets.js';
export { type AblationTable, type LayerTable, tabulate } from './table.js';
