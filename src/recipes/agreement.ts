import type { Tolerances } from '../ablation/index.js';
import { kendall, overlapOfLowest, spearman } from '../metrics/index.js';

/** How scores agree with what nodes are worth. Null where there is nothing to compare. */
export interface Agreement {
  /** Spearman's rank correlation; null if the scores or the worths are all equal. */
  readonly spearman: number | null;
  /** Kendall's tau-b; null likewise. */
  readonly kendall: number | null;
  /** The part of the lowest 10 % of the scores that is among the lowest 10 % of the worths; at least one node. */
  readonly overlap10: number | null;
  readonly overlap25: number | null;
  readonly overlap50: number | null;
  /** The share of nodes with a worth outside of the tolerances whose score has not its sign; null for unsigned scores. */
  readonly wrongSign: number | null;
}

/**
 * Compares scores with worths, both high where a node should be kept.
 *
 * @param noChange worths within these have no sign; null if the scores have none.
 */
export function agreement(
  scores: readonly number[],
  worths: readonly number[],
  noChange: Tolerances | null,
): Agreement {
  return {
    spearman: spearman(scores, worths),
    kendall: kendall(scores, worths),
    overlap10: overlapOfLowest(scores, worths, 0.1),
    overlap25: overlapOfLowest(scores, worths, 0.25),
    overlap50: overlapOfLowest(scores, worths, 0.5),
    wrongSign: noChange && shareOfWrongSigns(scores, worths, noChange),
  };
}

function shareOfWrongSigns(
  scores: readonly number[],
  worths: readonly number[],
  { low, high }: Tolerances,
): number | null {
  const clear = [...worths.keys()].filter((node) => worths[node]! < low || worths[node]! > high);
  if (clear.length === 0) return null;
  return clear.filter((node) => Math.sign(scores[node]!) !== Math.sign(worths[node]!)).length / clear.length;
}
