import { describe, expect, test } from 'vitest';
import { createNetwork, foldBatchNorm, type LayerSpec, type Network } from '../../src/network/index.js';
import { tensor } from '../../src/tensor/tensor.js';
import { inDoubles } from '../support/doubles.js';
import { naivePass } from '../support/naive.js';
import { randomData, randomNetwork } from '../support/randomNetwork.js';
import { expectClose, tolerances } from '../support/tolerance.js';

/** Folds where a normalisation alone follows a layer with nodes, and only there. */
const expectedFolds = ({ layers }: Network): string[] =>
  layers.flatMap(({ kind, name, inputs: [before] }) => {
    if (kind !== 'batchNorm' || before === undefined) return [];
    const takers = layers.filter(({ inputs }) => inputs.includes(before));
    const foldable = ['dense', 'conv2d', 'depthwiseConv2d'].includes(layers[before]!.kind);
    return foldable && takers.length === 1 ? [name] : [];
  });

describe('foldBatchNorm(network)', () => {
  test.each(Array.from({ length: 20 }, (_, i) => i))('changes no output: seed %i', (seed) => {
    const include = (['batchNorm', 'add', 'depthwiseConv2d'] as const).slice(0, 1 + (seed % 3));
    const network = randomNetwork(900 + seed, { include, extra: 2 });
    const data = inDoubles(randomData(network, seed, { count: 3 }));
    const { network: folded, folded: names } = foldBatchNorm(network);
    expect(names).toEqual(expectedFolds(network));
    expect(folded.layers.map(({ name }) => name)).toEqual(
      network.layers.map(({ name }) => name).filter((name) => !names.includes(name)),
    );
    for (let sample = 0; sample < 3; sample++) {
      const [before, after] = [naivePass(network, data, sample), naivePass(folded, data, sample)];
      for (const layer of folded.layers) {
        const own = network.layers.find(({ name }) => name === layer.name)!;
        const behind = network.layers.find(({ name, inputs }) => names.includes(name) && inputs[0] === own.id);
        expectClose(after[layer.id]!, before[(behind ?? own).id]!, tolerances.double, layer.name);
      }
    }
  });

  test('folds at the end of a network, where the output moves to the layer before', () => {
    const one = (value: number) => tensor([1], Float32Array.of(value));
    const layers: LayerSpec[] = [
      { name: 'input', kind: 'input', config: { shape: [1] } },
      { name: 'd', kind: 'dense', config: { units: 1 }, weights: { kernel: tensor([1, 1], Float32Array.of(3)) } },
      {
        name: 'bn',
        kind: 'batchNorm',
        config: { epsilon: 1 },
        weights: { mean: one(2), variance: one(3), beta: one(5) },
      },
    ];
    const { network } = foldBatchNorm(createNetwork({ layers }));
    expect(network.layers[network.output]).toMatchObject({ name: 'd' });
    expect([...network.layers[1]!.weights.kernel!.data]).toEqual([1.5]);
    expect([...network.layers[1]!.weights.bias!.data]).toEqual([4]);
  });
});
