import { availableParallelism } from 'node:os';
import { type LayerId, type LossHead, layerAt, type Network } from '../../network/index.js';
import { sizeOf } from '../../tensor/tensor.js';
import { SecateurError } from '../../util/errors.js';
import { expectPositiveInteger } from '../../util/expect.js';
import {
  type AblationJob,
  type CompiledNetwork,
  defaultMemory,
  type Engine,
  type EngineEvent,
  type EngineOptions,
  type Evaluation,
  type LabelledSamples,
  type Prediction,
  type Samples,
  type SetsEvent,
  type SetsJob,
} from '../engine.js';
import type { ActivationSums, PropagationEvent, PropagationJob } from '../propagation.js';
import type { Addon, NativeEvaluation, NativeJob, NativeOptions, NetworkHandle } from './addon.js';
import { roundSamples } from './floats.js';
import { nativeHead } from './head.js';
import { encodeNetwork } from './layers.js';
import { decodePropagation, encodePropagation } from './propagation.js';
import { EventStream } from './stream.js';
import { callAddon, runTask } from './task.js';

interface Stoppable {
  readonly signal?: AbortSignal;
}

/** Threads that a run takes unless it is told otherwise. */
export const defaultThreads = availableParallelism;

function checkOptions({ threads, memory }: EngineOptions): NativeOptions {
  return {
    threads: expectPositiveInteger('threads', threads ?? defaultThreads()),
    memory: expectPositiveInteger('memory', memory ?? defaultMemory),
  };
}

const nativeJob = ({ samples, head, sweeps, partial, blocks = false, perClass = false }: AblationJob): NativeJob => ({
  samples: roundSamples(samples),
  targets: samples.targets,
  head: nativeHead(head),
  sweeps,
  partial,
  blocks,
  perClass,
});

/** Room for the outputs of a layer. @throws SecateurError ERR_LIMIT if there is not enough memory. */
function allocateOutput(network: Network, layer: LayerId, count: number): Float32Array {
  const { name, outputShape } = layerAt(network, layer);
  try {
    return new Float32Array(count * sizeOf(outputShape));
  } catch (cause) {
    throw new SecateurError('ERR_LIMIT', `the outputs of layer "${name}" for ${count} samples need too much memory`, {
      hint: 'run fewer samples at a time',
      cause,
    });
  }
}

/** Owns the packed weights; runs in flight keep them beyond disposal. */
class NativeNetwork implements CompiledNetwork {
  readonly network: Network;
  readonly #addon: Addon;
  readonly #options: NativeOptions;
  #handle: NetworkHandle | undefined;

  constructor(addon: Addon, network: Network, options: NativeOptions) {
    this.network = network;
    this.#addon = addon;
    this.#options = options;
    this.#handle = callAddon(() => addon.compile(encodeNetwork(network)));
  }

  async forward(samples: Samples, { layer, signal }: Stoppable & { layer?: LayerId } = {}): Promise<Float32Array> {
    const handle = this.#live();
    const id = layer ?? this.network.output;
    const output = allocateOutput(this.network, id, samples.count);
    const floats = roundSamples(samples);
    await runTask(this.#addon, () => this.#addon.forward(handle, floats, id, output, this.#options), signal);
    return output;
  }

  async evaluate(samples: LabelledSamples, head: LossHead, { signal }: Stoppable = {}): Promise<Evaluation> {
    const handle = this.#live();
    const start = () =>
      this.#addon.evaluate(handle, roundSamples(samples), samples.targets, nativeHead(head), this.#options);
    const found = await runTask<NativeEvaluation>(this.#addon, start, signal);
    return { ...found, perClass: classRows(found.perClass) };
  }

  async activationSums(
    samples: Samples,
    sites: readonly LayerId[],
    { signal }: Stoppable = {},
  ): Promise<ActivationSums[]> {
    const handle = this.#live();
    const floats = roundSamples(samples);
    const start = () => this.#addon.activationSums(handle, floats, Uint32Array.from(sites), this.#options);
    return await runTask(this.#addon, start, signal);
  }

  propagate(job: PropagationJob): AsyncIterableIterator<PropagationEvent> {
    const handle = this.#live();
    const signals = job.maps.map((layer) => allocateOutput(this.network, layer, job.samples.count));
    const task = callAddon(() => this.#addon.propagate(handle, encodePropagation(job, signals), this.#options));
    return new EventStream<PropagationEvent>(this.#addon, task, job.signal, (result) =>
      decodePropagation(this.network, job, signals, result),
    );
  }

  ablate(job: AblationJob): AsyncIterableIterator<EngineEvent> {
    const handle = this.#live();
    const task = callAddon(() => this.#addon.ablate(handle, nativeJob(job), this.#options));
    return new EventStream(this.#addon, task, job.signal);
  }

  async predict(job: AblationJob): Promise<Prediction> {
    const handle = this.#live();
    return await runTask(this.#addon, () => this.#addon.predict(handle, nativeJob(job), this.#options), job.signal);
  }

  ablateSets({ samples, head, cuts, sets, signal }: SetsJob): AsyncIterableIterator<SetsEvent> {
    const handle = this.#live();
    const job = { samples, targets: samples.targets, head: nativeHead(head), cuts, sets };
    const task = callAddon(() => this.#addon.ablateSets(handle, job, this.#options));
    return new EventStream(this.#addon, task, signal);
  }

  [Symbol.dispose](): void {
    if (this.#handle !== undefined) this.#addon.release(this.#handle);
    this.#handle = undefined;
  }

  #live(): NetworkHandle {
    if (this.#handle !== undefined) return this.#handle;
    throw new SecateurError('ERR_ARGUMENT', 'the compiled network was disposed of', { hint: 'compile it again' });
  }
}

function classRows(numbers: Float64Array): Evaluation['perClass'] {
  return Array.from({ length: numbers.length / 3 }, (_, row) => {
    const [samples = 0, correct = 0, lossSum = 0] = numbers.subarray(3 * row, 3 * row + 3);
    return { samples, correct, lossSum };
  });
}

/** The engine over an addon, which is asked for when a network is compiled. */
export function createNativeEngine(addon: () => Addon): Engine {
  return {
    name: 'native',
    compile: (network, options = {}) => new NativeNetwork(addon(), network, checkOptions(options)),
  };
}
