import { classify, type Tolerances } from '../classify.js';
import type { NodeClass } from '../events.js';
import { type Block, type Draws, samplesIn } from './draws.js';
import { addBlock, emptyTally, estimate, quantiles, type Tally } from './interval.js';

/** What is known of a node after a look. Changes are means over all samples. */
export interface Verdict {
  readonly node: number;
  readonly change: number;
  /** Null where nothing is known of the spread. */
  readonly low: number | null;
  readonly high: number | null;
  /** Samples measured. */
  readonly samples: number;
  /** Whether these are all. */
  readonly exact: boolean;
  /** Null as long as the interval reaches into two classes. */
  readonly class: NodeClass | null;
}

export interface TrialSettings {
  readonly draws: Draws;
  readonly nodes: number;
  /** Probability, of all intervals of all nodes after all looks together, to hold the exact changes. */
  readonly confidence: number;
  readonly tolerances: Tolerances;
}

/** Turns changes into verdicts. A pure function of both and the draws: it can be replayed from stored changes. */
export interface Trial {
  /** The blocks of the look at hand; undefined when there is none left. */
  readonly look: () => readonly Block[] | undefined;
  /** Takes the change of a node over a block of the look: intact minus ablated loss, summed over its samples. */
  readonly record: (node: number, block: number, change: number) => void;
  /** Once all blocks of the look are recorded. */
  readonly judge: (node: number) => Verdict;
  /** Goes on to the next look. */
  readonly next: () => void;
}

/**
 * The union bound shares out the error, `1 - confidence`, equally over all nodes and all looks but the last, which
 * leaves nothing to estimate, and over both ends of each interval.
 */
export function startTrial({ draws, nodes, confidence, tolerances }: TrialSettings): Trial {
  const { population, looks } = draws;
  const count = samplesIn(looks.flat());
  const quantile = quantiles((1 - confidence) / (2 * nodes * Math.max(1, looks.length - 1)));
  const tallies: Tally[][] = Array.from({ length: nodes }, () => population.map(emptyTally));
  let at = 0;
  let samples = samplesIn(looks[0] ?? []);
  return {
    look: () => looks[at],
    record: (node, block, change) => addBlock(tallies[node]![looks[at]![block]!.stratum]!, change),
    judge: (node) => {
      const { sum, halfWidth } = estimate(tallies[node]!, population, quantile);
      const low = halfWidth === null ? null : (sum - halfWidth) / count;
      const high = halfWidth === null ? null : (sum + halfWidth) / count;
      const exact = samples === count;
      return { node, change: sum / count, low, high, samples, exact, class: classOf(low, high, tolerances) };
    },
    next: () => {
      at += 1;
      samples += samplesIn(looks[at] ?? []);
    },
  };
}

/** Each class is an interval of changes: both ends in one class have everything between them in it. */
function classOf(low: number | null, high: number | null, tolerances: Tolerances): NodeClass | null {
  if (low === null || high === null) return null;
  const found = classify(low, tolerances);
  return found === classify(high, tolerances) ? found : null;
}
