export type { Agreement } from './agreement.js';
export { type AuditOptions, audit, cheapCriteria, tabulateAudit } from './audit.js';
export type {
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
export { expectHolds, type PruneOptions, type PruneResult, prune } from './prune.js';
export {
  type FileReport,
  type PrunedModel,
  type SavedCertificate,
  type SavePrunedOptions,
  savePruned,
} from './savePruned.js';
export type { FinetuneOptions, PruningEvent, PruningStep } from './steps.js';
export type {
  CriterionNotice,
  IntactEvent,
  Measured,
  PointsDoneEvent,
  PointsProgressEvent,
  SweepEvent,
  SweepPoint,
  SweepTable,
} from './sweep/events.js';
export {
  defaultAmounts,
  defaultCriteria,
  type SweepOptions,
  type SweepRun,
  sweep,
  tabulateSweep,
} from './sweep/sweep.js';
export { trust } from './verdict.js';
