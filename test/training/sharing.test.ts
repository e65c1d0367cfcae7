import { describe, expect, it } from 'vitest';
import { initialize, type LayerSpec, type Network, sharedWeights, withWeights } from '../../src/network/index.js';
import { type PruneOptions, prune } from '../../src/recipes/index.js';
import { trainNetwork } from '../../src/training/index.js';
import { createRandom } from '../../src/util/random.js';
import { expectClose } from '../support/tolerance.js';
import { tied } from '../support/topology.js';
import { trainingTolerances } from '../support/trainingTolerance.js';

const layers: readonly LayerSpec[] = [
  { name: 'in', kind: 'input', config: { shape: [6] } },
  { name: 'f', kind: 'dense', config: { units: 5 } },
  { name: 'n', kind: 'batchNorm' },
  { name: 'r', kind: 'activation', config: { fn: 'relu' } },
  { name: 'a', kind: 'dense', config: { units: 5 } },
  { name: 'o', kind: 'batchNorm' },
  { name: 's', kind: 'activation', config: { fn: 'tanh' } },
  { name: 'c', kind: 'dense', config: { units: 5 } },
  { name: 't', kind: 'activation', config: { fn: 'relu' } },
  { name: 'y', kind: 'dense', config: { units: 3 } },
];
const apart = initialize({ layers }, { seed: 2 });
/** The same numbers twice, as two copies. */
const copied = withWeights(
  apart,
  new Map(
    [
      ['a', 'c'],
      ['n', 'o'],
    ].map(([from, to]) => {
      const weights = Object.entries(layerIn(apart, from!).weights).map(
        ([name, { shape, data }]) => [name, { shape, data: data.slice() }] as const,
      );
      return [layerIn(apart, to!).id, Object.fromEntries(weights)] as const;
    }),
  ),
);
const shared = tied(tied(apart, 'a', 'c'), 'n', 'o');
const random = createRandom(8);
const data = {
  x: Float32Array.from({ length: 40 * 6 }, () => random.normal()),
  y: Int32Array.from({ length: 40 }, (_, i) => i % 3),
};

function layerIn(network: Network, name: string) {
  return network.layers.find((layer) => layer.name === name)!;
}
const numbers = (network: Network, layer: string, weight: string) => layerIn(network, layer).weights[weight]!.data;
const train = async (network: Network, options: Parameters<typeof trainNetwork>[2]): Promise<Network> =>
  (await trainNetwork(network, data, options).result()).network;

describe('training of layers that share weights', () => {
  it('moves a weight by the sum of what its uses ask for, and keeps it one', async () => {
    const step = { epochs: 1, batch: 40, optimizer: 'sgd', learningRate: 0.1 } as const;
    const [one, two] = [await train(shared, step), await train(copied, step)];
    expect(sharedWeights(one)).toEqual(sharedWeights(shared));
    for (const [weight, first, second] of [
      ['kernel', 'a', 'c'],
      ['bias', 'a', 'c'],
      ['gamma', 'n', 'o'],
      ['beta', 'n', 'o'],
    ] as const) {
      const before = numbers(shared, first, weight);
      const sum = before.map((w, i) => numbers(two, first, weight)[i]! + numbers(two, second, weight)[i]! - w);
      expectClose(numbers(one, first, weight), sum, trainingTolerances.step, weight);
      expect(numbers(one, first, weight)).not.toEqual(before);
    }
    expectClose(numbers(one, 'f', 'kernel'), numbers(two, 'f', 'kernel'), trainingTolerances.step);
  });

  it('moves averages once for each use, one after the other', async () => {
    const step = { epochs: 1, batch: 40, optimizer: 'sgd', learningRate: 1e-12 } as const;
    const [one, two] = [await train(shared, step), await train(copied, step)];
    for (const weight of ['mean', 'variance']) {
      const start = numbers(shared, 'n', weight);
      const after = start.map(
        (w, i) => 0.99 * numbers(two, 'n', weight)[i]! + numbers(two, 'o', weight)[i]! - 0.99 * w,
      );
      expectClose(numbers(one, 'n', weight), after, trainingTolerances.step, weight);
      expect(numbers(one, 'o', weight)).toBe(numbers(one, 'n', weight));
    }
  });

  it('holds for all uses what is held for one, and freezes all with one', async () => {
    const kernel = Uint8Array.from(numbers(shared, 'c', 'kernel'), (_, i) => (i < 5 ? 1 : 0));
    const tuned = await train(shared, { epochs: 2, hold: { c: { kernel } }, freeze: ['o'] });
    const [before, after] = [numbers(shared, 'a', 'kernel'), numbers(tuned, 'a', 'kernel')];
    for (const [i, held] of kernel.entries()) expect(after[i] === before[i]).toBe(held === 1);
    expect(layerIn(tuned, 'n').weights).toEqual(layerIn(shared, 'n').weights);
  });

  it('is what fine-tuning under a plan does: nodes of all uses stay cut, and go', async () => {
    const options: PruneOptions = { criterion: 'l2', amount: 0.4, steps: 2, finetune: { epochs: 2 } };
    const { network, certificate } = await prune(shared, data, options);
    expect(certificate.holds).toBe(true);
    expect(sharedWeights(network).map(({ layers: own }) => own.join())).toContain('a,c');
    expect(layerIn(network, 'c').outputShape).toEqual([3]);
  });
});
