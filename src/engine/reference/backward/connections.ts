/**
 * A layer as a sparse matrix: `y_j = bias_channel(j) + sum over connections (i, j, k) of x_i kernel_k`. Channels are the last
 * axis of the output.
 */
export interface Connections {
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: ArrayLike<number>;
  readonly bias: ArrayLike<number> | null;
  /** Walks over all connections, those of each output in an order of their own. */
  readonly each: (visit: (i: number, j: number, k: number) => void) => void;
}

/** The bias of each output after `part` was taken of it; 0 where there is none. */
export function biases({ outputs, bias }: Connections, part: (b: number) => number): Float64Array {
  const values = new Float64Array(outputs);
  return bias ? values.map((_, j) => part(bias[j % bias.length]!)) : values;
}

/** `sum_j kernel_ij signal_j`: the derivative by the inputs. */
export function transposedProduct({ inputs, kernel, each }: Connections, signal: Float64Array): Float64Array {
  const sums = new Float64Array(inputs);
  each((i, j, k) => {
    sums[i]! += kernel[k]! * signal[j]!;
  });
  return sums;
}

/** `sum over the connections with weight k of x_i signal_j`: the derivative by the kernel. */
export function kernelGradient({ kernel, each }: Connections, x: Float64Array, signal: Float64Array): Float64Array {
  const sums = new Float64Array(kernel.length);
  each((i, j, k) => {
    sums[k]! += x[i]! * signal[j]!;
  });
  return sums;
}

/** Sums over the positions of each channel: the derivative by the bias. */
export function channelSums(channels: number, values: Float64Array): Float64Array {
  const sums = new Float64Array(channels);
  values.forEach((value, j) => {
    sums[j % channels]! += value;
  });
  return sums;
}
