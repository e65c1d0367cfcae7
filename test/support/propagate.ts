import type { BackwardRule, CompiledNetwork, PropagationJob, PropagationResult } from '../../src/engine/index.js';
import type { Network } from '../../src/network/index.js';
import type { RandomData } from './randomNetwork.js';

/** A job that asks for nothing: rules are `gradient`, the start is the gradient of the loss. */
export function propagationJob(
  network: Network,
  data: RandomData,
  asked: Partial<PropagationJob> = {},
): PropagationJob {
  const gradient: BackwardRule = { type: 'gradient' };
  return {
    samples: data,
    head: data.head,
    start: 'loss',
    rules: network.layers.map(() => gradient),
    taps: [],
    maps: [],
    weightGradients: [],
    squaredGradients: false,
    weightedSquares: [],
    totals: true,
    ...asked,
  };
}

/** Runs a job to its end. */
export async function propagated(compiled: CompiledNetwork, job: PropagationJob): Promise<PropagationResult> {
  for await (const event of compiled.propagate(job)) if (event.type === 'result') return event;
  throw new Error('the engine ended without a result');
}
