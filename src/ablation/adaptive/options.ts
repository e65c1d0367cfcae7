import { SecateurError } from '../../util/errors.js';
import { invalid, isFiniteNumber } from '../../util/expect.js';
import { expectSeed } from '../../util/random.js';

/** Asks for classes from a part of the samples. */
export interface AdaptiveOptions {
  /** Probability that no class at all of the run is wrong: from 0.5 to below 1. */
  readonly confidence: number;
  /** Draws the samples. Default 0. */
  readonly seed?: number;
  /** Whether all nodes are measured exactly after they were classed. Default: no, only those that stayed open. */
  readonly complete?: boolean;
}

/** The options of an adaptive run, all decided. */
export type AdaptiveSettings = Required<AdaptiveOptions>;

/** @throws SecateurError ERR_ARGUMENT for a confidence or seed that is none, or together with running estimates. */
export function checkAdaptive({
  adaptive,
  partial,
}: {
  readonly adaptive?: AdaptiveOptions;
  readonly partial?: boolean;
}): AdaptiveSettings | null {
  if (adaptive === undefined) return null;
  const { confidence, seed = 0, complete = false } = adaptive;
  if (!isFiniteNumber(confidence) || confidence < 0.5 || confidence >= 1) {
    throw invalid('adaptive.confidence', 'a number from 0.5 to below 1', confidence);
  }
  if (partial) {
    throw new SecateurError('ERR_ARGUMENT', 'partial: an adaptive run has no running estimates', {
      hint: 'leave partial out: the events of type estimate say more',
    });
  }
  return { confidence, seed: expectSeed('adaptive.seed', seed), complete };
}
