import { ancestorsOf, type LayerId, type Network } from '../network/index.js';
import type { PropagationJob } from './propagation.js';

/** The layers whose signal a job computes: the scores, and on the way to what is asked for every layer. */
export function reachedLayers(network: Network, job: Omit<PropagationJob, 'samples' | 'signal'>): ReadonlySet<LayerId> {
  const { head, taps, maps, weightGradients, weightedSquares } = job;
  const leading = new Set([...taps.map(({ layer }) => layer), ...maps, ...weightGradients, ...weightedSquares]);
  for (const { id, inputs } of network.layers) if (inputs.some((input) => leading.has(input))) leading.add(id);
  const reaching = ancestorsOf(network, head.scores);
  return new Set([head.scores, ...[...reaching].filter((id) => leading.has(id))]);
}
