import type { Layer, Network } from '../network/index.js';
import type { Context } from './context.js';
import type { CriterionOptions } from './options.js';
import type { Scoring } from './steps.js';

/** What a criterion looks at besides the graph and its weights. Labels are asked for with the samples. */
export type Need = 'samples' | 'labels' | 'gradients' | 'relevance' | 'ablation';

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
