import { encodeOnnx } from '../formats/index.js';
import { layerAt, type Network } from '../network/index.js';
import { sizeOf } from '../tensor/tensor.js';
import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import { expectPositiveInteger } from '../util/expect.js';
import { createRandom } from '../util/random.js';
import { loadOrt, type Ort, openSession } from './onnxruntime.js';

/** Milliseconds of one pass: the median of the runs, and between which values half of them lie. */
export interface Milliseconds {
  readonly median: number;
  readonly quartiles: readonly [low: number, high: number];
}

/** Measured times of forward passes. Another measurement gives other numbers: they belong to a machine and its load. */
export interface Latency {
  /** Its name and version. */
  readonly runtime: string;
  /** Samples in a pass. */
  readonly batch: number;
  readonly threads: number;
  /** Passes of each network, in turns. */
  readonly runs: number;
  /** By network. */
  readonly times: readonly Milliseconds[];
}

/** How passes are timed. */
export interface LatencyOptions {
  /** Samples in a pass. Default 1. */
  readonly batch?: number;
  /** Threads of onnxruntime. Default 1. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

/** Seconds that measuring one network takes, and how many passes at least and at most. */
const effort = { seconds: 0.25, least: 9, most: 201 } as const;

/**
 * Measures forward passes in onnxruntime, one network after the other in every round, so that what slows the machine down
 * slows them all.
 *
 * @throws SecateurError ERR_BACKEND if onnxruntime cannot be used here or does not take a network; ERR_ABORTED.
 */
export async function measureLatency(networks: readonly Network[], options: LatencyOptions = {}): Promise<Latency> {
  expectArguments({ networks, options });
  const found = await loadOrt();
  if ('reason' in found) {
    throw new SecateurError('ERR_BACKEND', `times are measured in onnxruntime: ${found.reason}`, {
      hint: 'npm install onnxruntime-node',
    });
  }
  const { batch = 1, threads = 1, signal } = options;
  expectPositiveInteger('batch', batch);
  expectPositiveInteger('threads', threads);
  await using open = await openPasses(found.ort, networks, { batch, threads });
  const taken = networks.map((): number[] => []);
  const end = performance.now() + 1000 * effort.seconds * networks.length;
  for (let round = -2; round < effort.least || (round < effort.most && performance.now() < end); round++) {
    for (const [i, pass] of open.passes.entries()) {
      if (signal?.aborted) throw new SecateurError('ERR_ABORTED', 'the run was aborted', { cause: signal.reason });
      const started = performance.now();
      await pass.run();
      if (round >= 0) taken[i]!.push(performance.now() - started);
    }
  }
  return { runtime: found.name, batch, threads, runs: taken[0]?.length ?? 0, times: taken.map(summary) };
}

interface Pass extends AsyncDisposable {
  run(): Promise<unknown>;
}

async function openPasses(ort: Ort, networks: readonly Network[], settings: Settings) {
  const passes: Pass[] = [];
  const close = async (): Promise<void> => {
    for (const pass of passes) await pass[Symbol.asyncDispose]();
  };
  try {
    for (const network of networks) passes.push(await openPass(ort, network, settings));
  } catch (error) {
    await close();
    throw error;
  }
  return { passes, [Symbol.asyncDispose]: close };
}

type Settings = Required<Pick<LatencyOptions, 'batch' | 'threads'>>;

/** The network as it would be written, on random samples: times do not depend on them, but for denormal numbers. */
async function openPass(ort: Ort, network: Network, { batch, threads }: Settings): Promise<Pass> {
  const session = await openSession(ort, encodeOnnx(network), threads);
  const shape = layerAt(network, network.input).outputShape;
  const [height = 1, width = 1, channels = 1] = shape;
  const sizes = [batch, ...(shape.length === 3 ? [channels, height, width] : shape)];
  const random = createRandom(0);
  const x = Float32Array.from({ length: sizeOf(sizes) }, () => random.normal());
  const input = { [session.inputNames[0]!]: new ort.Tensor('float32', x, sizes) };
  return { run: () => session.run(input), [Symbol.asyncDispose]: () => session.release() };
}

function summary(times: readonly number[]): Milliseconds {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return { median: at(0.5), quartiles: [at(0.25), at(0.75)] };
}
