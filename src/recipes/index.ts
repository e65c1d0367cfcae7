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
export type { FinetuneOptions, PruningEvent, PruningStep } from './steps.js';
export { trust } from './verdict.js';
