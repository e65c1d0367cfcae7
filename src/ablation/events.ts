import type { EngineName } from '../engine/index.js';
import type { CutPoint, LossName } from '../network/index.js';

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
}

/** The network without one node. Final. */
export interface NodeEvent {
  readonly type: 'node';
  readonly layer: string;
  readonly node: number;
  readonly loss: number;
  /** `loss(intact) - loss(ablated)`: positive means better without the node. */
  readonly change: number;
  readonly accuracy: number | null;
  readonly class: NodeClass;
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

/** All nodes of a layer are final: how many are in each class. */
export interface LayerEvent {
  readonly type: 'layer';
  readonly layer: string;
  readonly zero: number;
  readonly worse: number;
  readonly important: number;
}

export interface DoneEvent {
  readonly type: 'done';
  readonly seconds: number;
  readonly nodes: number;
}

export type AblationEvent = BaselineEvent | NodeEvent | ProgressEvent | PartialEvent | LayerEvent | DoneEvent;
