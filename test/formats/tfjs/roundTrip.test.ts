import { describe, expect, it } from 'vitest';
import { predict } from '../../../src/engine/index.js';
import { fromArtifacts, toArtifacts } from '../../../src/formats/index.js';
import { createNetwork, type LayerSpec, layerKinds, type Network } from '../../../src/network/index.js';
import { tensor } from '../../../src/tensor/tensor.js';
import { isExpressible } from '../../support/expressible.js';
import { randomData, randomNetwork } from '../../support/randomNetwork.js';
import { expectClose, tolerances } from '../../support/tolerance.js';

const seeds = [0x11, 0x12, 0x13, 0x14];
const there = (network: Network): Network => fromArtifacts(toArtifacts(network));
const dense2 = { kernel: tensor([2, 2], Float32Array.of(1, 2, 3, 4)), bias: tensor([2], Float32Array.of(5, 6)) };
const input: LayerSpec = { name: 'in', kind: 'input', config: { shape: [2] } };

const weightsOf = ({ layers }: Network): unknown =>
  Object.fromEntries(layers.filter(({ weights }) => Object.keys(weights).length > 0).map((l) => [l.name, l.weights]));

describe('fromArtifacts(toArtifacts(network))', () => {
  for (const kind of layerKinds) {
    it(`gives a network with ${kind} back, to the last bit of its weights`, () => {
      for (const seed of seeds) {
        const network = randomNetwork(seed, { include: [kind], allow: isExpressible });
        const back = there(network);
        expect(weightsOf(back)).toEqual(weightsOf(network));
        expect([back.name, back.loss]).toEqual([network.name, network.loss]);
        expect(there(back)).toEqual(back);
      }
    });

    it(`computes the same with ${kind}, also where Keras says one layer in two`, async () => {
      for (const seed of seeds) {
        const network = randomNetwork(seed, { include: [kind], allow: isExpressible });
        const { x, scale } = randomData(network, seed, { count: 3 });
        const options = { engine: 'reference' } as const;
        const [expected, actual] = [
          await predict(network, { x, scale }, options),
          await predict(there(network), { x, scale }, options),
        ];
        expectClose(actual, expected, tolerances.exact, kind);
      }
    });
  }

  it('fuses an activation that is called <layer>/activation and takes the layer alone', () => {
    const network = createNetwork({
      layers: [
        input,
        { name: 'a', kind: 'dense', config: { units: 2 }, weights: dense2 },
        { name: 'a/activation', kind: 'activation', config: { fn: 'relu' } },
        { name: 'b', kind: 'dense', config: { units: 2 }, weights: dense2 },
        { name: 'other', kind: 'activation', config: { fn: 'relu' } },
      ],
    });
    const { config } = toArtifacts(network).modelTopology as { config: { layers: { name: string }[] } };
    expect(config.layers.map(({ name }) => name)).toEqual(['in', 'a', 'b', 'other']);
    expect(there(network)).toEqual(network);
  });

  it('keeps an activation apart whose input somebody else takes too', () => {
    const network = createNetwork({
      layers: [
        input,
        { name: 'a', kind: 'dense', config: { units: 2 }, weights: dense2 },
        { name: 'a/activation', kind: 'activation', config: { fn: 'relu' } },
        { name: 'sum', kind: 'add', inputs: ['a', 'a/activation'] },
      ],
    });
    expect(there(network)).toEqual(network);
  });

  it('keeps an activation apart whose parameter no name carries', () => {
    const network = createNetwork({
      layers: [
        input,
        { name: 'a', kind: 'dense', config: { units: 2 }, weights: dense2 },
        { name: 'a/activation', kind: 'activation', config: { fn: 'leakyRelu', alpha: 0.125 } },
      ],
    });
    expect(there(network)).toEqual(network);
  });

  it('says explicit padding as a layer of zeros before the convolution', () => {
    const weights = { kernel: tensor([1, 1, 1, 1], Float32Array.of(2)) };
    const config = {
      filters: 1,
      kernelSize: [1, 1],
      padding: [
        [1, 0],
        [0, 2],
      ],
    } as const;
    const network = createNetwork({
      layers: [
        { name: 'in', kind: 'input', config: { shape: [3, 3, 1] } },
        { name: 'c', kind: 'conv2d', config, weights },
      ],
    });
    const back = there(network);
    expect(back.layers.map(({ name, kind }) => [name, kind])).toEqual([
      ['in', 'input'],
      ['c/padding', 'zeroPad2d'],
      ['c', 'conv2d'],
    ]);
    expect(back.layers[2]?.outputShape).toEqual(network.layers[1]?.outputShape);
  });
});

describe('toArtifacts(network)', () => {
  it('lists every layer that Keras cannot express in one error', () => {
    const network = createNetwork({
      layers: [
        { name: 'in', kind: 'input', config: { shape: [4, 4, 2] } },
        {
          name: 'grouped',
          kind: 'conv2d',
          config: { filters: 2, kernelSize: [1, 1], groups: 2 },
          weights: { kernel: tensor([1, 1, 1, 2], new Float32Array(2)) },
        },
        { name: 'bent', kind: 'activation', config: { fn: 'hardSwish' } },
        {
          name: 'pool',
          kind: 'maxPool2d',
          config: {
            padding: [
              [1, 1],
              [1, 1],
            ],
          },
        },
        { name: 'counted', kind: 'avgPool2d', config: { padding: 'same', includePadding: true } },
      ],
    });
    let message = '';
    try {
      toArtifacts(network);
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_MODEL_UNSUPPORTED' });
      message = (error as Error).message;
    }
    for (const part of ['"grouped" (conv2d)', '"bent" (activation)', '"pool" (maxPool2d)', '"counted" (avgPool2d)']) {
      expect(message).toContain(part);
    }
  });
});
