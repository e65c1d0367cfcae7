import type { LayerId } from '../network/index.js';
import type { ConservationEvent } from '../propagation/index.js';

/** How far the work on the scores is. */
export interface Progress {
  readonly type: 'progress';
  readonly done: number;
  readonly of: number;
}

/** How sure estimates are; 0 where nothing was drawn. */
export interface Spread {
  readonly standardErrors: Float64Array;
  /** Half the width of each score's interval of 95 %. */
  readonly halfWidths: Float64Array;
}

/** All scores of one layer. */
export interface LayerScores {
  readonly type: 'scores';
  readonly layer: LayerId;
  /** One a node, or for weights one for each number of the kernel, in its layout. */
  readonly scores: Float64Array;
  /** For scores that are estimated from draws: how far they may be off. */
  readonly spread?: Spread;
}

/**
 * Scores layer by layer in the order of the context's layers, with progress between them; behind those of relevance what
 * each layer on its way received and handed on.
 */
export type Scoring = AsyncGenerator<Progress | LayerScores | ConservationEvent, void, undefined>;

/** A computation that tells its progress and returns what it found. */
export type Pass<T> = AsyncGenerator<Progress, T, undefined>;
