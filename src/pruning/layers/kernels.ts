import { channelsOf, type LayerOf, resolvePadding, type Window } from '../../network/index.js';
import type { Shape, Tensor } from '../../tensor/tensor.js';
import type { Constants } from './rules.js';

/** Whether zeros stand around the image: a constant channel is then not constant for the window. */
export const isPadded = (window: Window, shape: Shape): boolean =>
  resolvePadding(window, shape)
    .flat()
    .some((zeros) => zeros > 0);

/** Sums over all taps of a kernel `[..., in, out]`, one for each pair of channels. */
export function tapSums({ shape, data }: Tensor): Float64Array {
  const pairs = (shape.at(-2) ?? 1) * (shape.at(-1) ?? 1);
  const sums = new Float64Array(pairs);
  for (let tap = 0; tap < data.length; tap += pairs) {
    for (let pair = 0; pair < pairs; pair++) sums[pair]! += data[tap + pair]!;
  }
  return sums;
}

/** Like {@link tapSums}: whether a pair of channels has a tap that is not 0. */
export function connected({ shape, data }: Tensor): Uint8Array {
  const pairs = (shape.at(-2) ?? 1) * (shape.at(-1) ?? 1);
  const found = new Uint8Array(pairs);
  for (let tap = 0; tap < data.length; tap += pairs) {
    for (let pair = 0; pair < pairs; pair++) if (data[tap + pair] !== 0) found[pair] = 1;
  }
  return found;
}

/**
 * Output channels that see constant channels only, or none: the bias and what each adds.
 *
 * @param sources the channels of the input that output channel `to` may see, as pairs of kernel index and channel.
 */
export function constantSums(
  { weights, outputShape }: LayerOf<'dense' | 'conv2d' | 'depthwiseConv2d'>,
  input: Constants,
  padded: boolean,
  sources: (to: number) => Iterable<readonly [pair: number, channel: number]>,
): Constants {
  const kernel = weights.kernel as Tensor;
  const [sums, linked] = [tapSums(kernel), connected(kernel)];
  return Array.from({ length: channelsOf(outputShape) }, (_, to) => {
    let sum = weights.bias?.data[to] ?? 0;
    for (const [pair, channel] of sources(to)) {
      const value = input[channel] ?? null;
      if (!linked[pair] || value === 0) continue;
      if (value === null || padded) return null;
      sum += value * sums[pair]!;
    }
    return sum;
  });
}

/** Names of the weights of layers with a kernel. */
export const kernelHolders = { factor: 'kernel', missing: 0, offset: 'bias' } as const;

/** `count` numbers from `first` on, times `value`. */
export function scaled(numbers: ArrayLike<number>, first: number, count: number, value: number): Float64Array {
  const found = new Float64Array(count);
  if (value !== 0) for (let i = 0; i < count; i++) found[i] = value * numbers[first + i]!;
  return found;
}
