import type { ScoredData } from '../criteria/index.js';
import type { LabelledData } from '../data/index.js';
import type { Network } from '../network/index.js';
import {
  type Certificate,
  certify,
  maskNetwork,
  type Pruned,
  type PruningPlan,
  shrinkNetwork,
} from '../pruning/index.js';
import { SecateurError } from '../util/errors.js';
import { type ChoiceOptions, choose, pick } from './choice.js';

export interface PruneOptions extends ChoiceOptions {
  /** Whether the network keeps its size, planned nodes cut. Default: it shrinks, unless single weights go. */
  readonly mask?: boolean;
}

export interface PruneResult {
  readonly network: Network;
  readonly plan: PruningPlan;
  readonly certificate: Certificate;
  /** What the reader should know: an engine passed over, nodes that stay in place. */
  readonly notices: readonly string[];
}

/**
 * Scores the nodes (or single weights), plans which go, and shrinks (or masks) the network, with the certificate that
 * proves it.
 *
 * @param data samples with labels; null for criteria that look at weights alone: the certificate then compares over
 * random inputs only.
 * @throws SecateurError ERR_ARGUMENT, ERR_SHAPE or ERR_DATA for what does not fit; ERR_GATE if the shrunk network does not
 * compute what the plan says, which is a bug; ERR_ABORTED.
 * @example
 * const { network, certificate } = await prune(model, { x, y }, { criterion: 'taylor', amount: 0.5 });
 */
export async function prune(network: Network, data: ScoredData | null, options: PruneOptions): Promise<PruneResult> {
  const { mask = options.weights === true, ...choice } = options;
  const { plan, notices } = await choose(network, data, choice, madeOf(options));
  const pruned: Pruned = mask
    ? { network: maskNetwork(network, plan), removed: [], kept: [] }
    : shrinkNetwork(network, plan);
  const certificate = await certify(network, plan, pruned, {
    ...pick(options, ['engine', 'threads', 'signal', 'loss']),
    ...(isLabelled(data) ? { data } : {}),
  });
  expectHolds(certificate);
  const stays = pruned.kept.map(({ nodes: own, reason }) => `${toldNodes(own)} stays in place, cut: ${reason}`);
  return { network: pruned.network, plan, certificate, notices: [...notices, ...stays] };
}

/** @throws SecateurError ERR_GATE unless the certificate holds. */
export function expectHolds({ holds, maxAbsDifference: { data, random }, tolerance }: Certificate): void {
  if (holds) return;
  const most = Math.max(data ?? 0, random);
  throw new SecateurError('ERR_GATE', `the pruned network differs by ${most} from its plan, more than ${tolerance}`, {
    hint: 'the plan, the original and the pruned network do not belong together, or one of them was changed',
  });
}

const isLabelled = (data: ScoredData | null): data is LabelledData => data !== null && data.y !== undefined;

const toldNodes = (nodes: PruningPlan['nodes']): string =>
  nodes.map(({ layer, nodes: own }) => `${own.join(', ')} of "${layer}"`).join(' with ');

/** What stands in the plan about its origin: plain data, no handles. */
function madeOf({ signal: _signal, engine: _engine, threads: _threads, memory: _memory, ...said }: PruneOptions) {
  return said.weights ? said : { ...said, cut: said.cut ?? 'weights' };
}
