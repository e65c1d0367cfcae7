import type { ScoredData } from '../criteria/index.js';
import { type Network, networkDigest } from '../network/index.js';
import { type Certificate, maskNetwork, type PruningPlan, rebasePlan } from '../pruning/index.js';
import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import { carryOut } from './carryOut.js';
import { pick } from './choice.js';
import { isLabelled, type PruningStep, planInSteps, type StepOptions } from './steps.js';

/** What goes, in which steps, and what becomes of it. */
export interface PruneOptions extends StepOptions {
  /** Whether the network keeps its size, planned nodes cut. Default: it shrinks, unless single weights go. */
  readonly mask?: boolean;
}

/** A pruned network and the proof that it is what its plan says. */
export interface PruneResult {
  readonly network: Network;
  readonly plan: PruningPlan;
  readonly certificate: Certificate;
  /** One, or those of the schedule. */
  readonly steps: readonly PruningStep[];
  /** What the reader should know: an engine passed over, nodes that stay in place. */
  readonly notices: readonly string[];
}

/**
 * Scores the nodes (or single weights), plans which go, and shrinks (or masks) the network, with the certificate that
 * proves it; in several steps and with training behind each, if the options say so.
 *
 * @param data samples with labels; null for criteria that look at weights alone, without training: the certificate then
 * compares over random inputs only.
 * @throws SecateurError ERR_ARGUMENT, ERR_SHAPE or ERR_DATA for what does not fit; ERR_GATE if the shrunk network does not
 * compute what the plan says, which is a bug; ERR_ABORTED.
 * @example
 * const { network, certificate } = await prune(model, { x, y }, { criterion: 'taylor', amount: 0.5 });
 */
export async function prune(network: Network, data: ScoredData | null, options: PruneOptions): Promise<PruneResult> {
  expectArguments({ network, options });
  const { mask = options.weights === true, ...planning } = options;
  const { plan, tuned, steps, notices } = await planInSteps(network, data, planning, madeOf(options));
  if (tuned !== null) expectHeld(tuned, plan);
  const { notices: stays, ...done } = await carryOut(network, plan, {
    ...pick(options, ['engine', 'threads', 'signal', 'loss']),
    ...(isLabelled(data) ? { data } : {}),
    mask,
    tuned,
  });
  return { ...done, plan, steps, notices: [...notices, ...stays] };
}

/** @throws SecateurError ERR_GATE unless a network after its training still is what its mask makes of it, bit for bit. */
function expectHeld(tuned: Network, plan: PruningPlan): void {
  if (networkDigest(maskNetwork(tuned, rebasePlan(plan, tuned))) === networkDigest(tuned)) return;
  throw new SecateurError('ERR_GATE', 'the training has moved weights that the plan holds', {
    hint: 'this is a fault of Secateur: please report it',
  });
}

/** What stands in the plan about its origin: plain data, no handles and no samples. */
function madeOf(options: PruneOptions): PruningPlan['made'] {
  const { signal: _signal, engine: _engine, threads: _threads, memory: _memory, ...rest } = options;
  const { journal: _journal, onEvent: _onEvent, rewind, finetune, ...said } = rest;
  const { validation: _validation, ...training } = finetune ?? {};
  return {
    ...said,
    ...(said.weights ? {} : { cut: said.cut ?? 'weights' }),
    ...(finetune ? { finetune: training } : {}),
    ...(rewind ? { rewind: networkDigest(rewind) } : {}),
  };
}
