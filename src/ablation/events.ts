import type { ClassEvaluation, EngineName } from '../engine/index.js';
import type { CutPoint, LossName } from '../network/index.js';
import type { AdaptiveSettings } from './adaptive/options.js';

export { type CutPoint, cutPoints } from '../network/index.js';

/** What a node is worth: measured by its change against the two tolerances. */
export type NodeClass = 'zero' | 'worse' | 'important';

/** The intact network; always the first event. Losses are means over the samples, in nats for the cross-entropies. */
export interface BaselineEvent {
  readonly type: 'baseline';
  readonly schemaVersion: 1;
  readonly samples: number;
  readonly loss: number;
  /** Share of right answers; null for the mean squared error. */
  readonly accuracy: number | null;
  readonly cut: CutPoint;
  readonly lossName: LossName;
  readonly engine: EngineName;
  /** What the reader should know about the choice of engine, or null. */
  readonly notice: string | null;
  /** If it was asked for, by class. */
  readonly perClass?: readonly ClassEvaluation[];
  /** Of adaptive runs only. */
  readonly adaptive?: AdaptiveSettings;
}

/** What a change rests on. All intervals of a run hold the exact changes with the run's confidence, together. */
export interface Evidence {
  /** Whether all samples were measured; `low` and `high` are the change itself then. */
  readonly exact: boolean;
  readonly low: number;
  readonly high: number;
  /** Samples measured. */
  readonly samples: number;
}

/** The network without one node, on the samples of one class; means over them, null where it has none. */
export interface ClassAblation {
  readonly class: number;
  readonly loss: number | null;
  readonly change: number | null;
  readonly accuracy: number | null;
}

/**
 * The network without one node. Final. Those of adaptive runs carry their evidence: unless it is exact, `loss` and
 * `change` are estimates and `accuracy` and `flips`, which were not measured, are null. All others are exact.
 */
export interface NodeEvent extends Partial<Evidence> {
  readonly type: 'node';
  readonly layer: string;
  readonly node: number;
  readonly loss: number;
  /** `loss(intact) - loss(ablated)`: positive means better without the node. */
  readonly change: number;
  readonly accuracy: number | null;
  readonly class: NodeClass;
  /**
   * How many predictions differ from those of the intact network: samples whose class is another, outputs on another
   * side for the binary cross-entropy; null for the mean squared error.
   */
  readonly flips: number | null;
  /** If it was asked for, by class. */
  readonly perClass?: readonly ClassAblation[];
}

/** Work done so far, in samples; `seconds` since the start, `eta` seconds to go. */
export interface ProgressEvent {
  readonly type: 'progress';
  readonly done: number;
  readonly of: number;
  readonly seconds: number;
  readonly eta: number;
}

/** A running estimate from some of the samples; `standardError` from the spread of block means, null when unknown. */
export interface PartialEvent {
  readonly type: 'partial';
  readonly layer: string;
  readonly node: number;
  readonly change: number;
  readonly standardError: number | null;
  readonly samples: number;
}

/** What an adaptive run knows of a node that is not final yet. */
export interface EstimateEvent {
  readonly type: 'estimate';
  readonly layer: string;
  readonly node: number;
  readonly change: number;
  /** Null as long as nothing is known of the spread: all that was measured is equal. */
  readonly low: number | null;
  readonly high: number | null;
  readonly samples: number;
  /** Decided at the run's confidence, where the exact numbers follow (`complete`); else null: not decided yet. */
  readonly class: NodeClass | null;
}

/** All nodes of a layer are final: how many are in each class. */
export interface LayerEvent {
  readonly type: 'layer';
  readonly layer: string;
  readonly zero: number;
  readonly worse: number;
  readonly important: number;
}

/** The last event of a run. */
export interface DoneEvent {
  readonly type: 'done';
  readonly seconds: number;
  readonly nodes: number;
  /** Of adaptive runs only: the part that was measured of all pairs of a node and a sample. */
  readonly measured?: number;
}

/** What an ablation tells, in order: the baseline first, `done` last. */
export type AblationEvent =
  | BaselineEvent
  | NodeEvent
  | ProgressEvent
  | PartialEvent
  | EstimateEvent
  | LayerEvent
  | DoneEvent;
