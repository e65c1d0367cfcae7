import type { CutPoint } from '../ablation/index.js';
import type { CriterionName } from '../criteria/index.js';
import type { EngineName } from '../engine/index.js';
import type { LossName } from '../network/index.js';
import type { Agreement } from './agreement.js';
import type { CriterionNotice } from './sweep/events.js';

/** What is audited; always the first event, after the exact ablation. */
export interface AuditStartEvent {
  readonly type: 'start';
  readonly schemaVersion: 1;
  readonly samples: number;
  readonly cut: CutPoint;
  readonly lossName: LossName;
  readonly engine: EngineName;
  readonly notice: string | null;
  /** What the exact ablation took. */
  readonly ablationSeconds: number;
}

/** What exact ablation found of one layer. */
export interface AblatedLayer {
  readonly layer: string;
  /** `-change` of each node: high where the network needs it. */
  readonly worths: readonly number[];
}

/** How a criterion agrees with exact ablation in one layer. */
export interface AuditRow extends Agreement {
  readonly criterion: CriterionName;
  readonly layer: string;
  readonly nodes: number;
  /** What the criterion takes by itself, for all layers together: with the passes that it shares, as if they were its own. */
  readonly seconds: number;
  /** Of each node, in the criterion's own units and direction. */
  readonly scores: readonly number[];
}

/** A criterion that has nothing to say here, and why. */
export interface SkippedCriterion {
  readonly criterion: CriterionName;
  readonly reason: string;
}

/** What an audit comes to. */
export interface Verdict {
  /** The criteria that can be trusted here, the cheapest first. */
  readonly trusted: readonly CriterionName[];
  /** The same as a sentence. */
  readonly verdict: string;
}

export interface AuditDoneEvent extends Verdict {
  readonly type: 'done';
  readonly seconds: number;
}

/** Work done: samples while it ablates, criteria while it audits. */
export interface AuditProgressEvent {
  readonly type: 'progress';
  readonly what: 'ablating' | 'auditing';
  readonly done: number;
  readonly of: number;
}

/** What an audit tells, in order. */
export type AuditEvent =
  | AuditStartEvent
  | ({ readonly type: 'ablated' } & AblatedLayer)
  | AuditProgressEvent
  | ({ readonly type: 'audit' } & AuditRow)
  | ({ readonly type: 'skipped' } & SkippedCriterion)
  | ({ readonly type: 'notice' } & CriterionNotice)
  | AuditDoneEvent;

/** A whole audit as one document. */
export interface AuditTable extends Verdict, Omit<AuditStartEvent, 'type'> {
  readonly layers: readonly AblatedLayer[];
  readonly rows: readonly AuditRow[];
  readonly skipped: readonly SkippedCriterion[];
  readonly notices: readonly CriterionNotice[];
  readonly seconds: number;
}

/** A running audit: events to be read once, or all of it as a table. */
export interface AuditRun extends AsyncIterable<AuditEvent> {
  /** Reads to the end. */
  collect(): Promise<AuditTable>;
}
