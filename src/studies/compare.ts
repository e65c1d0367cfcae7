import { describe } from '../report/index.js';

/** A number as it was published: over how many trials, and how they spread. */
export interface PublishedNumber {
  readonly mean: number;
  /** Of the sample, as `describe` has it; null for a single run. */
  readonly std: number | null;
  readonly trials: number;
  /** How far ours may lie from it, where that was said beforehand; then nothing else is asked. */
  readonly band?: number;
}

/**
 * `inside`: within the stated band, or at most three standard errors from the published mean; `near`: farther, but within
 * one published standard deviation; else `outside`. Without a published number, or without any spread to judge by,
 * `not comparable`.
 */
export type CellVerdict = 'inside' | 'near' | 'outside' | 'not comparable';

/** A published number beside ours. */
export interface ComparedCell {
  readonly table: string;
  readonly row: string;
  readonly column: string;
  readonly published: number | null;
  readonly publishedStd: number | null;
  readonly ours: number;
  /** Of our trials; null for a single one. */
  readonly std: number | null;
  readonly trials: number;
  /** `ours - published` in standard errors of both samples together. */
  readonly standardErrors: number | null;
  readonly verdict: CellVerdict;
}

/** Where a cell stands. */
export type CellPlace = Pick<ComparedCell, 'table' | 'row' | 'column'>;

/** More standard errors than this tell two means apart. */
const mostStandardErrors = 3;

/** Sums of the same numbers in other orders differ by less, as a share of them: what spreads no more does not spread. */
const rounding = 1e-12;

/** @throws SecateurError ERR_ARGUMENT if there are no values. */
export function compare(place: CellPlace, published: PublishedNumber | null, values: readonly number[]): ComparedCell {
  const { mean: ours, std: spread, count: trials } = describe(values);
  const std = spread !== null && spread <= rounding * Math.abs(ours) ? 0 : spread;
  if (published === null)
    return {
      ...place,
      published: null,
      publishedStd: null,
      ours,
      std,
      trials,
      standardErrors: null,
      verdict: 'not comparable',
    };
  const standardErrors = distance(published, { mean: ours, std, trials });
  return {
    ...place,
    published: published.mean,
    publishedStd: published.std,
    ours,
    std,
    trials,
    standardErrors,
    verdict: judge(published, ours, standardErrors),
  };
}

/** Welch's statistic. A single run has the spread of the other sample; null where neither has any. */
function distance(published: PublishedNumber, ours: PublishedNumber): number | null {
  const spreads = [published.std ?? ours.std, ours.std ?? published.std] as const;
  if (spreads[0] === null || spreads[1] === null) return null;
  const error = Math.sqrt(spreads[0] ** 2 / published.trials + spreads[1] ** 2 / ours.trials);
  const difference = ours.mean - published.mean;
  return error > 0 ? difference / error : difference === 0 ? 0 : null;
}

function judge({ mean, std, band }: PublishedNumber, ours: number, standardErrors: number | null): CellVerdict {
  if (band !== undefined) return Math.abs(ours - mean) <= band ? 'inside' : 'outside';
  if (ours === mean) return 'inside';
  if (standardErrors === null && std === null) return 'not comparable';
  if (standardErrors !== null && Math.abs(standardErrors) <= mostStandardErrors) return 'inside';
  return std !== null && Math.abs(ours - mean) <= std ? 'near' : 'outside';
}

/** How many cells have each verdict. */
export function countVerdicts(cells: readonly ComparedCell[]): Record<CellVerdict, number> {
  const counts = { inside: 0, near: 0, outside: 0, 'not comparable': 0 };
  for (const { verdict } of cells) counts[verdict]++;
  return counts;
}
