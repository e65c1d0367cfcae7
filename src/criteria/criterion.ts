import type { Layer, LayerId, Network } from '../network/index.js';
import type { Context } from './context.js';
import type { CriterionOptions } from './options.js';

/** What a criterion looks at besides the graph and its weights. Labels are asked for with the samples. */
export type Need = 'samples' | 'labels' | 'gradients' | 'relevance' | 'ablation';

/** How far the work on the scores is. */
export interface Progress {
  readonly type: 'progress';
  readonly done: number;
  readonly of: number;
}

/** All scores of one layer. */
export interface LayerScores {
  readonly type: 'scores';
  readonly layer: LayerId;
  /** One a node, or for weights one for each number of the kernel, in its layout. */
  readonly scores: Float64Array;
  /** For scores that are estimated from draws: how far they may be off. */
  readonly standardErrors?: Float64Array;
}

/** Scores layer by layer in the order of the context's layers, with progress between them. */
export type Scoring = AsyncGenerator<Progress | LayerScores, void, undefined>;

/** One row of the table of criteria: how nodes or single weights are scored. */
export interface Criterion {
  /** Which end of the scores is worth keeping. */
  readonly keep: 'high' | 'low';
  /** Whether the sign tells the way the loss goes: positive where the network misses the node, negative where not. */
  readonly signed: boolean;
  readonly needs: readonly Need[];
  /** Which options it follows besides those that all share. */
  readonly takes: readonly (keyof CriterionOptions)[];
  /** The score in one line, for people. */
  readonly formula: string;
  /** Who proposed it. */
  readonly source: string;
  /** Whether it has something to say about a layer. Default: about every one. */
  readonly suits?: (network: Network, layer: Layer) => boolean;
  readonly nodes?: (context: Context) => Scoring;
  readonly weights?: (context: Context) => Scoring;
}
