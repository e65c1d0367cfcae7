import { expectArguments } from '../../util/arguments.js';
import { invalid } from '../../util/expect.js';
import { checkTolerances, classify, type Tolerances } from '../classify.js';
import type { NodeClass } from '../events.js';
import { type Block, drawBlocks } from './draws.js';
import { checkAdaptive } from './options.js';
import { startTrial, type Verdict } from './trial.js';

/** What an adaptive run was promised: confidence between 0 and 1, seed and tolerances. */
export interface ReplaySettings {
  readonly confidence: number;
  readonly seed: number;
  readonly tolerances: Tolerances;
}

/** What an adaptive run says, against what is. */
export interface Replay {
  /** By node. */
  readonly classes: readonly NodeClass[];
  /** Samples until the class was decided, by node. */
  readonly samples: readonly number[];
  /** Nodes whose class is not that of the exact change. */
  readonly wrong: readonly number[];
  /** Nodes of which an interval after any look, even behind the decision, does not hold the exact change. */
  readonly missed: readonly number[];
}

/**
 * Repeats the decisions of an adaptive run from stored changes, to measure how often it errs.
 *
 * @param losses The intact loss of each sample.
 * @param changes Intact minus ablated loss, `[samples, nodes]`.
 */
export function replayAdaptive(
  losses: Float64Array,
  changes: Float32Array | Float64Array,
  settings: ReplaySettings,
): Replay {
  expectReplayable(losses, changes, settings);
  const { confidence, seed, tolerances } = settings;
  const nodes = changes.length / losses.length;
  const trial = startTrial({ draws: drawBlocks(losses, seed), nodes, confidence, tolerances });
  const verdicts: Verdict[][] = Array.from({ length: nodes }, () => []);
  for (let look = trial.look(); look; look = trial.look()) {
    for (const [i, block] of look.entries()) {
      for (const [node, sum] of sumsOver(block, changes, nodes).entries()) trial.record(node, i, sum);
    }
    for (const [node, own] of verdicts.entries()) own.push(trial.judge(node));
    trial.next();
  }
  const decided = verdicts.map((own) => own.find((verdict) => verdict.class !== null)!);
  return {
    classes: decided.map((verdict) => verdict.class!),
    samples: decided.map(({ samples }) => samples),
    wrong: [...verdicts.keys()].filter((node) => {
      return decided[node]!.class !== classify(verdicts[node]!.at(-1)!.change, tolerances);
    }),
    missed: [...verdicts.keys()].filter((node) => verdicts[node]!.some((one) => misses(one, verdicts[node]!.at(-1)!))),
  };
}

function expectReplayable(losses: Float64Array, changes: Float32Array | Float64Array, settings: ReplaySettings): void {
  expectArguments({ options: settings });
  const { tolerances } = settings;
  expectArguments({ tolerances });
  checkAdaptive({ adaptive: settings });
  checkTolerances(tolerances);
  if (!ArrayBuffer.isView(losses) || losses.length === 0) throw invalid('losses', 'the loss of each sample', losses);
  if (!ArrayBuffer.isView(changes) || changes.length === 0 || changes.length % losses.length !== 0) {
    throw invalid('changes', `a row of numbers for each of ${losses.length} samples`, changes);
  }
}

function sumsOver({ samples }: Block, changes: Float32Array | Float64Array, nodes: number): Float64Array {
  const sums = new Float64Array(nodes);
  for (const sample of samples) {
    const row = sample * nodes;
    for (let node = 0; node < nodes; node++) sums[node]! += changes[row + node]!;
  }
  return sums;
}

const misses = ({ low, high }: Verdict, { change }: Verdict): boolean =>
  low !== null && high !== null && (change < low || change > high);
