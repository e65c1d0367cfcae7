import { describe, expect, test } from 'vitest';
import { nativeEngine, nativeProblem } from '../../src/engine/native/index.js';
import { referenceEngine } from '../../src/engine/reference/index.js';
import { largestDifference, movedNetwork, roundingBound } from '../../src/engine/rounding.js';
import { createNetwork, initialize, type LayerSpec, type Network } from '../../src/network/index.js';
import { sizeOf, tensor } from '../../src/tensor/tensor.js';
import { createRandom } from '../../src/util/random.js';
import { randomNetwork } from '../support/randomNetwork.js';

const samplesFor = ({ layers, input }: Network, count = 64) => {
  const random = createRandom(2);
  const x = Float32Array.from({ length: count * sizeOf(layers[input]!.outputShape) }, () => random.normal());
  return { x, count, scale: 1 };
};

/** Rounding as the native engine has it, and its bound; both relative to the largest output. */
async function measured(network: Network): Promise<{ error: number; bound: number; largest: number }> {
  const samples = samplesFor(network);
  using exact = referenceEngine.compile(network);
  using rounding = nativeEngine.compile(network);
  using moved = nativeEngine.compile(movedNetwork(network));
  const outputs = await rounding.forward(samples);
  const truth = await exact.forward(samples);
  return {
    error: largestDifference(outputs, truth),
    bound: roundingBound(outputs, await moved.forward(samples)),
    largest: largestDifference(truth, new Float32Array(truth.length)),
  };
}

const deep = (channels: number, depth: number): Network =>
  initialize(
    {
      layers: [
        { name: 'in', kind: 'input', config: { shape: [12, 12, 3] } },
        ...Array.from({ length: depth }, (_, i): LayerSpec[] => [
          { name: `c${i}`, kind: 'conv2d', config: { filters: channels, kernelSize: [3, 3], padding: 'same' } },
          { name: `r${i}`, kind: 'activation', config: { fn: 'relu' } },
        ]).flat(),
        { name: 'm', kind: 'globalAvgPool2d' },
        { name: 'd', kind: 'dense', config: { units: 5 } },
      ],
    },
    { seed: 5 },
  );

/** Numbers of size `size` inside that nearly cancel: outputs are of size 1. */
function cancelling(size: number): Network {
  const row = (values: readonly number[]) => tensor([values.length], Float32Array.from(values));
  return createNetwork({
    layers: [
      { name: 'in', kind: 'input', config: { shape: [1] } },
      {
        name: 'a',
        kind: 'dense',
        config: { units: 1 },
        weights: { kernel: tensor([1, 1], Float32Array.of(1)), bias: row([size]) },
      },
      {
        name: 'n',
        kind: 'batchNorm',
        config: { epsilon: 0 },
        weights: { mean: row([size]), variance: row([1]), gamma: row([1]), beta: row([0]) },
      },
    ],
  });
}

describe.skipIf(nativeProblem() !== null)('the bound of rounding', () => {
  test.for(Array.from({ length: 24 }, (_, seed) => seed))('covers random network %i', async (seed) => {
    const { error, bound } = await measured(randomNetwork(seed, { extra: 3 }));
    expect(error).toBeLessThanOrEqual(bound);
  });

  test('covers deep convolutions, and is no wider than a thousandth of their outputs', async () => {
    for (const network of [deep(16, 8), deep(33, 4), deep(64, 3)]) {
      const { error, bound, largest } = await measured(network);
      expect(error).toBeLessThanOrEqual(bound);
      expect(bound).toBeLessThan(largest / 1000);
    }
  });

  test('follows the sizes inside: what cancels leaves its roundings', async () => {
    for (const size of [2 ** 10, 2 ** 20]) {
      const { error, bound } = await measured(cancelling(size));
      expect(error).toBeLessThanOrEqual(bound);
      expect(bound).toBeGreaterThan(size * 2 ** -24);
      expect(bound).toBeLessThan(size * 2 ** -16);
    }
  });
});

test('the difference to what is no number is no number', () => {
  expect(largestDifference(Float32Array.of(1, Number.NaN, 5), Float32Array.of(1, 2, 3))).toBe(Number.NaN);
  expect(largestDifference(Float32Array.of(1, -2), Float32Array.of(1.5, -5))).toBe(3);
});
