export type { Agreement } from './agreement.js';
export { type AuditOptions, audit, cheapCriteria, tabulateAudit } from './audit.js';
export type {
  AblatedLayer,
  AuditDoneEvent,
  AuditEvent,
  AuditProgressEvent,
  AuditRow,
  AuditRun,
  AuditStartEvent,
  AuditTable,
  SkippedCriterion,
  Verdict,
} from './auditEvents.js';
export { expectHolds } from './carryOut.js';
export { type Conversion, type ConvertedFile, convert } from './convert.js';
export { type PruneOptions, type PruneResult, prune } from './prune.js';
export {
  type FileReport,
  type PrunedModel,
  type SavedCertificate,
  type SavePrunedOptions,
  savePruned,
} from './savePruned.js';
export type {
  FloorTest,
  LayerShare,
  SearchChoice,
  SearchEvent,
  SearchGoal,
  SearchPoint,
  SearchTable,
} from './search/events.js';
export { type SearchOptions, type SearchRun, search, tabulateSearch } from './search/search.js';
export { type FinetuneOptions, finetune, type PruningEvent, type PruningStep } from './steps.js';
export type {
  CriterionNotice,
  IntactEvent,
  Measured,
  PointsDoneEvent,
  PointsEvent,
  PointsProgressEvent,
  PointsTable,
  SweepEvent,
  SweepPoint,
  SweepTable,
} from './sweep/events.js';
export {
  type RefusedLayers,
  type SensitivityEvent,
  type SensitivityOptions,
  type SensitivityPoint,
  type SensitivityRun,
  type SensitivityTable,
  sensitivity,
  tabulateSensitivity,
} from './sweep/sensitivity.js';
export {
  defaultAmounts,
  defaultCriteria,
  type SweepOptions,
  type SweepRun,
  sweep,
  tabulateSweep,
} from './sweep/sweep.js';
export {
  type Cutoffs,
  cutoffsOf,
  type ThresholdEvent,
  type ThresholdPoint,
  type ThresholdRun,
  type ThresholdSweepOptions,
  type ThresholdTable,
  tabulateThresholds,
  thresholdSweep,
} from './sweep/thresholds.js';
export { trust } from './verdict.js';
export { type Verification, type VerifyOptions, verify } from './verify.js';
