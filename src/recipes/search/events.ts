import type { Certificate, PruningPlan } from '../../pruning/index.js';
import type { IntactEvent, Measured, PointsEvent, PointsTable } from '../sweep/events.js';
import type { RefusedLayers } from '../sweep/sensitivity.js';
import type { Held } from './floor.js';

/** What of a layer is gone. */
export interface LayerShare {
  readonly layer: string;
  readonly removed: number;
  readonly of: number;
}

/** The network after a round of the search. */
export interface SearchPoint extends Measured {
  readonly criterion: 'ablation';
  /** 0 is the intact network. */
  readonly round: number;
  /** The share of the nodes of all layers that may lose some. */
  readonly amount: number;
  readonly removed: number;
  readonly layers: readonly LayerShare[];
  /** Of a pass of one sample in onnxruntime; null unless the budget is one of time. */
  readonly milliseconds: number | null;
}

/** A point against the floor, on samples that the search has not seen. */
export interface FloorTest extends Held {
  readonly round: number;
}

/** Where the search ends. */
export interface SearchChoice {
  readonly round: number;
  /** Whether the point is within the budget; true where there is none. */
  readonly reached: boolean;
  readonly plan: PruningPlan;
  /** Measured on the samples set apart, where there are some. */
  readonly certificate: Certificate;
  readonly notices: readonly string[];
}

/** What is searched for. */
export interface SearchGoal {
  readonly cost: 'parameters' | 'macs' | 'milliseconds';
  readonly budget: number | null;
  readonly drop: number | null;
  readonly confidence: number | null;
}

/** What a search tells, in order. */
export type SearchEvent = PointsEvent<
  SearchPoint,
  | ({ readonly type: 'refused' } & RefusedLayers)
  | ({ readonly type: 'test' } & FloorTest)
  | ({ readonly type: 'chosen' } & SearchChoice),
  IntactEvent & { readonly goal: SearchGoal }
>;

/** A whole search as one document. */
export interface SearchTable extends PointsTable<SearchPoint> {
  readonly goal: SearchGoal;
  /** Rounds that no later, smaller one beats in loss: the Pareto front. */
  readonly front: readonly number[];
  readonly tests: readonly FloorTest[];
  readonly refused: readonly RefusedLayers[];
  readonly chosen: SearchChoice;
}
