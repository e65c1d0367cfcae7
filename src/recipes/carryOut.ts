import type { LabelledData } from '../data/index.js';
import type { RunOptions } from '../engine/index.js';
import type { LossName, Network } from '../network/index.js';
import {
  type Certificate,
  certify,
  maskNetwork,
  type Pruned,
  type PruningPlan,
  rebasePlan,
  shrinkNetwork,
} from '../pruning/index.js';
import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import { pick } from './choice.js';

interface CarryOutOptions extends RunOptions {
  readonly loss?: LossName;
  readonly data?: LabelledData;
  readonly mask?: boolean;
  /** The masked network after a training. */
  readonly tuned?: Network | null;
}

/** A plan carried out and proven. */
export interface CarriedOut {
  readonly network: Network;
  readonly certificate: Certificate;
  /** Nodes that stay in place. */
  readonly notices: readonly string[];
}

/** @throws SecateurError ERR_GATE if the pruned network does not compute what the plan says, which is a bug; ERR_ABORTED. */
export async function carryOut(network: Network, plan: PruningPlan, options: CarryOutOptions): Promise<CarriedOut> {
  const { mask = false, tuned = null } = options;
  const base = tuned ?? network;
  const pruned: Pruned = mask
    ? { network: maskNetwork(base, rebasePlan(plan, base)), removed: [], kept: [] }
    : shrinkNetwork(base, rebasePlan(plan, base));
  const certificate = await certify(network, plan, pruned, {
    ...pick(options, ['engine', 'threads', 'signal', 'loss', 'data']),
    ...(tuned ? { tuned } : {}),
  });
  expectHolds(certificate);
  const notices = pruned.kept.map(({ nodes: own, reason }) => `${toldNodes(own)} stays in place, cut: ${reason}`);
  return { network: pruned.network, certificate, notices };
}

/**
 * Lets a certificate through that holds.
 *
 * @throws SecateurError ERR_GATE if it does not.
 */
export function expectHolds(certificate: Certificate): void {
  expectArguments({ certificate });
  const { holds, maxAbsDifference, tolerance } = certificate;
  if (holds) return;
  const most = Math.max(maxAbsDifference.data ?? 0, maxAbsDifference.random);
  throw new SecateurError('ERR_GATE', `the pruned network differs by ${most} from its plan, more than ${tolerance}`, {
    hint: 'they do not belong together, one of them was changed, or a training needs the certificate to prove it',
  });
}

const toldNodes = (nodes: PruningPlan['nodes']): string =>
  nodes.map(({ layer, nodes: own }) => `${own.join(', ')} of "${layer}"`).join(' with ');
