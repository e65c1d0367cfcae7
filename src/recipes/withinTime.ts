import type { Network } from '../network/index.js';
import {
  createPlan,
  type GrowingSelection,
  type NodesByLayer,
  type PlanOptions,
  shrinkNetwork,
} from '../pruning/index.js';
import { measureLatency } from '../runtimes/index.js';
import { expectFinite, invalid } from '../util/expect.js';

/** Milliseconds of a forward pass of one sample. */
export type Clock = (network: Network) => Promise<number>;

/** The median of passes in onnxruntime, on one thread: another machine, or moment, tells others. */
export const onnxruntimeClock =
  (signal?: AbortSignal): Clock =>
  async (network) =>
    (await measureLatency([network], signal ? { signal } : {})).times[0]!.median;

/** @throws SecateurError ERR_ARGUMENT unless it is a number above 0. */
export function expectBudgetMs(budget: unknown): number {
  if (expectFinite('budgetMs', budget) <= 0) throw invalid('budgetMs', 'milliseconds, above 0', budget);
  return budget as number;
}

/**
 * The fewest of the worst nodes without which a pass takes at most so many milliseconds, by bisection: the network that it
 * comes to was itself measured to be within the budget.
 *
 * @throws SecateurError ERR_ARGUMENT if it takes longer even without all that may go; ERR_BACKEND as `measureLatency`.
 */
export async function nodesWithinTime(
  network: Network,
  { steps, at }: GrowingSelection,
  { budget, plan, clock }: { readonly budget: number; readonly plan: PlanOptions; readonly clock: Clock },
): Promise<NodesByLayer> {
  const timeAt = (step: number): Promise<number> =>
    clock(shrinkNetwork(network, createPlan(network, at(step), plan)).network);
  const least = await timeAt(steps);
  if (least > budget) throw invalid('budgetMs', `at least ${least}, what the smallest network takes here`, budget);
  let [low, high] = [0, steps];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await timeAt(middle)) <= budget) high = middle;
    else low = middle + 1;
  }
  return at(high);
}
