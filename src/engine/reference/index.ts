import type { LayerId, LossHead, Network } from '../../network/index.js';
import { SecateurError } from '../../util/errors.js';
import type {
  AblationJob,
  CompiledNetwork,
  Engine,
  EngineEvent,
  Evaluation,
  LabelledSamples,
  Prediction,
  Samples,
  SetsEvent,
  SetsJob,
} from '../engine.js';
import type { ActivationSums, PropagationEvent, PropagationJob } from '../propagation.js';
import { ablate } from './ablate.js';
import { ablateSets } from './ablateSets.js';
import { activationSums } from './activationSums.js';
import { channelMeans } from './channelMeans.js';
import { evaluate } from './evaluate.js';
import { forward } from './forward.js';
import { createPace } from './pace.js';
import { predict } from './predict.js';
import { propagate } from './propagate.js';

interface Stoppable {
  readonly signal?: AbortSignal;
}

/** Holds no memory of its own; disposal is only remembered, as every engine promises. Runs in flight go on. */
class ReferenceNetwork implements CompiledNetwork {
  readonly network: Network;
  #disposed = false;

  constructor(network: Network) {
    this.network = network;
  }

  async forward(samples: Samples, { layer, signal }: Stoppable & { layer?: LayerId } = {}): Promise<Float32Array> {
    return forward(this.#live(), samples, layer ?? this.network.output, createPace(signal));
  }

  async evaluate(samples: LabelledSamples, head: LossHead, { signal }: Stoppable = {}): Promise<Evaluation> {
    return evaluate(this.#live(), samples, head, createPace(signal));
  }

  async channelMeans(samples: Samples, sites: readonly LayerId[], { signal }: Stoppable = {}): Promise<Float64Array[]> {
    return channelMeans(this.#live(), samples, sites, createPace(signal));
  }

  async activationSums(
    samples: Samples,
    sites: readonly LayerId[],
    { signal }: Stoppable = {},
  ): Promise<ActivationSums[]> {
    return activationSums(this.#live(), samples, sites, createPace(signal));
  }

  propagate(job: PropagationJob): AsyncGenerator<PropagationEvent, undefined> {
    return propagate(this.#live(), job, createPace(job.signal));
  }

  ablate(job: AblationJob): AsyncGenerator<EngineEvent, undefined> {
    return ablate(this.#live(), job, createPace(job.signal));
  }

  async predict(job: AblationJob): Promise<Prediction> {
    return predict(this.#live(), job, createPace(job.signal));
  }

  ablateSets(job: SetsJob): AsyncGenerator<SetsEvent, undefined> {
    return ablateSets(this.#live(), job, createPace(job.signal));
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
  }

  #live(): Network {
    if (!this.#disposed) return this.network;
    throw new SecateurError('ERR_ARGUMENT', 'the compiled network was disposed of', { hint: 'compile it again' });
  }
}

/**
 * The specification: plain TypeScript in double, one sample at a time, every node by a pass of its own. Slow and obviously
 * right; it works everywhere and judges every other engine. Thread and memory options change nothing.
 */
export const referenceEngine: Engine = {
  name: 'reference',
  compile: (network) => new ReferenceNetwork(network),
};
