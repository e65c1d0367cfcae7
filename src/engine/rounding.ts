import { channelsOf, type Layer, type LayerId, type Network, withWeights } from '../network/index.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import { createRandom, type Random } from '../util/random.js';

/** Half a unit in the last place of a float32 near 1. */
const unit = 2 ** -24;

/** Moves are made so much larger than roundings, and the bound as much smaller, that storing floats does not hide them. */
const magnified = 2 ** 8;

/** Elementary functions behind a layer are off by up to four units: as much as sums of so many terms. */
const fewestTerms = 2 ** 4;

/** A random direction says how far roundings can go about to its standard deviation; this many cover all outputs. */
const deviations = 8;

/**
 * The network with all weights moved, in a random direction, by what rounding in float32 can amount to: a sum of n terms
 * rounds n times, which adds up like a random walk, sqrt(n) half units. Each weight moves by that share of itself, and
 * each channel's weights in common by as much again, so that sums of terms that cancel count as well as sums that grow.
 * How far that moves the outputs is what {@link roundingBound} goes by: it holds for the sizes and slopes that the layers
 * really have.
 */
export function movedNetwork(network: Network): Network {
  const random = createRandom(0);
  const replaced = network.layers
    .filter(({ weights }) => Object.keys(weights).length > 0)
    .map((layer) => [layer.id, movedWeights(layer, random)] as const);
  return withWeights(network, new Map<LayerId, Record<string, Tensor>>(replaced));
}

function movedWeights({ weights, outputShape }: Layer, random: Random): Record<string, Tensor> {
  const channels = channelsOf(outputShape);
  return Object.fromEntries(
    Object.entries(weights).map(([name, weight]) => [name, moved(weight, channels, random)] as const),
  );
}

function moved({ shape, data }: Tensor, channels: number, random: Random): Tensor {
  const step = magnified * unit * Math.sqrt(Math.max(fewestTerms, data.length / channels));
  const sign = (): number => (random.uint32() & 1 ? step : -step);
  const common = Array.from({ length: channels }, sign);
  const values = data.slice();
  for (let i = 0; i < values.length; i++) values[i]! *= 1 + sign() + common[i % channels]!;
  return tensor(shape, values);
}

/**
 * How far the outputs of two ways to compute the same network in float32 may lie apart.
 *
 * @param outputs of the network, for many samples.
 * @param moved those of {@link movedNetwork} for the same samples.
 */
export function roundingBound(outputs: Float32Array, moved: Float32Array): number {
  return (deviations * largestDifference(outputs, moved)) / magnified;
}

/** The largest difference of two lists of numbers; NaN if one of them is no number. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (Number.isNaN(difference)) return Number.NaN;
    if (difference > most) most = difference;
  }
  return most;
}
