import type { CriterionName } from '../../criteria/index.js';
import type { EngineName } from '../../engine/index.js';
import type { CutPoint, LossName } from '../../network/index.js';

/** What a network measures on all samples, and its size. */
export interface Measured {
  /** Mean over the samples, in nats for the cross-entropies. */
  readonly loss: number;
  /** Share of right answers; null for the mean squared error. */
  readonly accuracy: number | null;
  readonly parameters: number;
  /** Multiply-accumulates for one sample. */
  readonly macs: number;
}

/** The intact network; always the first event. */
export interface IntactEvent extends Measured {
  readonly type: 'baseline';
  readonly schemaVersion: 1;
  readonly samples: number;
  readonly what: 'nodes' | 'weights';
  /** Null for weights, which become 0. */
  readonly cut: CutPoint | null;
  readonly scope: 'layer' | 'global';
  readonly lossName: LossName;
  readonly engine: EngineName;
  /** What the reader should know about the choice of engine. */
  readonly notice: string | null;
}

/** What the reader should know about a criterion: layers that it says nothing about, denominators of its rule that were 0. */
export interface CriterionNotice {
  readonly criterion: CriterionName;
  readonly notice: string;
}

/**
 * The network without the part of its nodes (or weights) that a criterion holds to be worth least. Parameters and
 * multiply-accumulates are those of the shrunk network; a weight that was removed counts in neither.
 */
export interface SweepPoint extends Measured {
  readonly criterion: CriterionName;
  /** The share that was asked for. */
  readonly amount: number;
  /** Nodes or weights that are gone. */
  readonly removed: number;
  /** The same network trained on under its plan; absent unless the sweep fine-tunes. */
  readonly tuned?: Pick<Measured, 'loss' | 'accuracy'>;
}

/** Work done so far in points; `seconds` since the start, `eta` seconds to go. */
export interface PointsProgressEvent {
  readonly type: 'progress';
  readonly done: number;
  readonly of: number;
  readonly seconds: number;
  readonly eta: number;
}

/** The last event of a sweep. */
export interface PointsDoneEvent {
  readonly type: 'done';
  readonly seconds: number;
}

/** What a run over points tells: the intact network first, then points, and `More` of its own between them. */
export type PointsEvent<Point, More = never, Intact = IntactEvent> =
  | Intact
  | ({ readonly type: 'point' } & Point)
  | More
  | PointsProgressEvent
  | PointsDoneEvent;

/** A whole run as one document: what the intact network is, and all points. */
export interface PointsTable<Point> extends Omit<IntactEvent, 'type'> {
  readonly points: readonly Point[];
  readonly seconds: number;
}

/** What a sweep tells, in order. */
export type SweepEvent = PointsEvent<SweepPoint, { readonly type: 'notice' } & CriterionNotice>;

/** A whole sweep as one document. */
export interface SweepTable extends PointsTable<SweepPoint> {
  readonly notices: readonly CriterionNotice[];
}
