export { type AblationRun, ablate } from './ablate.js';
export type { AdaptiveOptions, AdaptiveSettings } from './adaptive/options.js';
export { type Replay, type ReplaySettings, replayAdaptive } from './adaptive/replay.js';
export { classify, defaultTolerances, type Tolerances } from './classify.js';
export {
  type AblationEvent,
  type BaselineEvent,
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
export type { AblateOptions } from './prepare.js';
export { type AblationTable, type LayerTable, tabulate } from './table.js';
