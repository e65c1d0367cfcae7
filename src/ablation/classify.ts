import { expectArguments } from '../util/arguments.js';
import { invalid, isFiniteNumber } from '../util/expect.js';
import type { NodeClass } from './events.js';

/** Changes from `low` to `high`, both included, count as zero. */
export interface Tolerances {
  readonly low: number;
  readonly high: number;
}

/** Changes from -1e-5 to 1e-5 class a node as zero, as in the published ablation studies. */
export const defaultTolerances: Tolerances = { low: -1e-5, high: 1e-5 };

/**
 * `zero` within the tolerances, else `worse` if the network is better without the node, else `important`
 * (the ablation study's rule; both ends inclusive).
 */
export function classify(change: number, tolerances: Tolerances): NodeClass {
  expectArguments({ tolerances });
  const { low, high } = tolerances;
  if (change >= low && change <= high) return 'zero';
  return change > 0 ? 'worse' : 'important';
}

/** To count nodes by class. */
export const noCounts = (): Record<NodeClass, number> => ({ zero: 0, worse: 0, important: 0 });

/** @throws SecateurError ERR_ARGUMENT unless both are finite and `low <= high`. */
export function checkTolerances({ low, high }: Tolerances): Tolerances {
  if (!isFiniteNumber(low)) throw invalid('toleranceLow', 'a finite number', low);
  if (!isFiniteNumber(high) || high < low) throw invalid('toleranceHigh', `a number of at least ${low}`, high);
  return { low, high };
}
