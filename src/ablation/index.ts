export { type AblateOptions, type AblationRun, ablate } from './ablate.js';
export { classify, defaultTolerances, type Tolerances } from './classify.js';
export {
  type AblationEvent,
  type BaselineEvent,
  type CutPoint,
  cutPoints,
  type DoneEvent,
  type LayerEvent,
  type NodeClass,
  type NodeEvent,
  type PartialEvent,
  type ProgressEvent,
} from './events.js';
export { type AblationPrediction, predictAblation } from './predict.js';
export { type AblationTable, type LayerTable, tabulate } from './table.js';
