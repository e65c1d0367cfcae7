import type { LayerId } from '../network/index.js';

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

/** What a layer received at its output and handed on to its inputs, for criteria of relevance: means over the samples. */
export interface KeptEvent {
  readonly type: 'layer';
  readonly layer: string;
  readonly rule: string;
  /** Sum of what came to its output. */
  readonly received: number;
  /** Null where it cannot be told apart from what other layers handed on, or was not followed. */
  readonly handed: number | null;
  /** How often over all samples a denominator was exactly 0, so that what came to it was lost. */
  readonly dead: number;
  /** Whether the rule promises that `handed` is `received`, but for dead denominators and what a stabiliser keeps. */
  readonly conserves: boolean;
}

/**
 * Scores layer by layer in the order of the context's layers, with progress between them; behind those of relevance what
 * each layer on its way received and handed on.
 */
export type Scoring = AsyncGenerator<Progress | LayerScores | KeptEvent, void, undefined>;

/** A computation that tells its progress and returns what it found. */
export type Pass<T> = AsyncGenerator<Progress, T, undefined>;
