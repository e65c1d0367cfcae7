import type { Dataset, Network } from 'secateur';
import { floats } from './modified.js';

/** A network of dense relu layers and its samples, as matrices. */
export interface Stack {
  readonly layers: readonly { readonly kernel: Float32Array; readonly bias: Float32Array }[];
  /** `[samples][inputs]`, scaled. */
  readonly x: Float32Array;
  readonly samples: number;
}

/** Importance propagation of all samples. */
export interface Propagation {
  readonly seconds: number;
  /** Of all threads. */
  readonly cpu: number;
  /** Mean over the samples for each node of each hidden layer, from the input to the output. */
  readonly relevance: readonly ArrayLike<number>[];
}

export type Propagator = () => Promise<Propagation>;

/** The dense layers of a network that has no others with weights. */
export function stackOf(network: Network, data: Dataset): Stack {
  const dense = network.layers.filter(({ kind }) => kind === 'dense');
  const layers = dense.map(({ weights: { kernel, bias } }) => ({
    kernel: Float32Array.from(kernel?.data ?? []),
    bias: Float32Array.from(bias?.data ?? []),
  }));
  return { layers, x: floats(data), samples: data.count };
}

/** Runs `work` and tells how long it took, in wall time and in processor time of this process. */
export async function clocked(work: () => Promise<Propagation['relevance']>): Promise<Propagation> {
  const before = process.cpuUsage();
  const started = performance.now();
  const relevance = await work();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { seconds, cpu: (user + system) / 1e6, relevance };
}
