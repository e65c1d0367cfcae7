import type { CriterionName } from '../criteria/index.js';
import { formatDuration, formatNumber } from '../report/index.js';
import type { AblatedLayer, AuditRow, Verdict } from './auditEvents.js';

/**
 * When a criterion is trusted: in every layer that is large enough to tell, its order of the nodes and its choice of the
 * least worthy quarter agree with exact ablation at least so well. Judgement, not theory: 0.8 is what is commonly called a
 * strong correlation, and with three of four candidates right a plan is worth verifying.
 */
export const trust = { fewestNodes: 8, spearman: 0.8, overlap25: 0.75 } as const;

/** A criterion at its worst over the layers that can tell. */
interface Weakest {
  readonly criterion: CriterionName;
  readonly seconds: number;
  readonly spearman: number;
  readonly overlap25: number;
  /** Where the order is worst. */
  readonly layer: string;
}

/**
 * @param layers what exact ablation found; a criterion that leaves out one that is large enough is no candidate.
 * @param ablationSeconds what exact ablation took, for comparison.
 */
export function judge(rows: readonly AuditRow[], layers: readonly AblatedLayer[], ablationSeconds: number): Verdict {
  const telling = layers.filter(({ worths }) => worths.length >= trust.fewestNodes).map(({ layer }) => layer);
  const weakest = telling.length === 0 ? [] : rowsByCriterion(rows, telling).map(weakestOf);
  const trusted = weakest.filter(isTrusted).sort((a, b) => a.seconds - b.seconds);
  const exact = `exact ablation took ${formatDuration(ablationSeconds)}`;
  const verdict = telling.length === 0 ? tooFew(exact) : sentence(weakest, trusted, exact);
  return { trusted: trusted.map(({ criterion }) => criterion), verdict };
}

/** The rows in `layers` of each criterion that scores all of these. */
function rowsByCriterion(rows: readonly AuditRow[], layers: readonly string[]): AuditRow[][] {
  const telling = rows.filter(({ layer }) => layers.includes(layer));
  const names = new Set(telling.map(({ criterion }) => criterion));
  return [...names]
    .map((name) => telling.filter(({ criterion }) => criterion === name))
    .filter(({ length }) => length === layers.length);
}

/** Orders that cannot be compared (all scores equal) agree in nothing. */
function weakestOf(rows: readonly AuditRow[]): Weakest {
  const worst = rows.reduce((a, b) => ((b.spearman ?? 0) < (a.spearman ?? 0) ? b : a));
  const overlap25 = Math.min(...rows.map((row) => row.overlap25 ?? 0));
  return { ...worst, spearman: worst.spearman ?? 0, overlap25 };
}

const isTrusted = ({ spearman, overlap25 }: Weakest): boolean =>
  spearman >= trust.spearman && overlap25 >= trust.overlap25;

const tooFew = (exact: string): string =>
  `No layer has ${trust.fewestNodes} nodes or more: too few to tell. Use exact ablation: ${exact}.`;

function sentence(all: readonly Weakest[], [cheapest]: readonly Weakest[], exact: string): string {
  const [first] = all;
  if (!first) {
    return `No criterion scores every layer of ${trust.fewestNodes} nodes or more. Use exact ablation: ${exact}.`;
  }
  if (!cheapest) {
    const best = all.reduce((a, b) => (b.spearman > a.spearman ? b : a), first);
    const how = `its rank correlation falls to ${formatNumber(best.spearman, 2)} in layer ${best.layer}`;
    return `No cheap criterion can be trusted here. The best, ${best.criterion}, is not good enough: ${how}. Use exact ablation: ${exact}.`;
  }
  const { criterion, spearman, overlap25, seconds } = cheapest;
  const order = `rank correlation with exact ablation at least ${formatNumber(spearman, 2)} in every layer`;
  const choice = `at least ${Math.round(100 * overlap25)} % of its lowest quarter right`;
  const price = `${formatDuration(seconds)}; ${exact}`;
  return `${criterion} is the cheapest criterion that can be trusted here: ${order}, ${choice} (${price}).`;
}
