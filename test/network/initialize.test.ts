import { describe, expect, test } from 'vitest';
import {
  denseNetwork,
  initialize,
  type LayerId,
  layerAt,
  nodeCount,
  presets,
  summarize,
} from '../../src/network/index.js';
import { createRandom } from '../../src/util/random.js';

describe('initialize', () => {
  const spec = {
    layers: [
      { name: 'in', kind: 'input', config: { shape: [8, 8, 6] } },
      { name: 'conv', kind: 'conv2d', config: { filters: 40, kernelSize: [3, 3], groups: 2 } },
      { name: 'depthwise', kind: 'depthwiseConv2d', config: { kernelSize: [3, 3], depthMultiplier: 2 } },
      { name: 'norm', kind: 'batchNorm' },
      { name: 'flatten', kind: 'flatten' },
      { name: 'dense', kind: 'dense', config: { units: 10 } },
    ],
  } as const;
  const weights = (seed: number, layer: number) => layerAt(initialize(spec, { seed }), layer as LayerId).weights;

  test('the same seed gives the same bits, another seed others', () => {
    for (const layer of [1, 2, 5]) {
      expect(weights(5, layer)).toEqual(weights(5, layer));
      expect(weights(5, layer).kernel).not.toEqual(weights(6, layer).kernel);
    }
  });

  test('kernels are drawn in the order of layers from the seeded generator', () => {
    const random = createRandom(5);
    const limit = Math.sqrt(6 / (9 * 3 + 9 * 40));
    const expected = Float32Array.from({ length: 9 * 3 * 40 }, () => (2 * random.uniform() - 1) * limit);
    expect(weights(5, 1).kernel?.data).toEqual(expected);
  });

  // fanIn and fanOut by hand: conv 9 * 6 / 2 and 9 * 40; depthwise 9 * 40 and 9 * 2; dense 4 * 4 * 80 and 10.
  test.each([
    [1, 9 * 3, 9 * 40],
    [2, 9 * 40, 9 * 2],
    [5, 1280, 10],
  ])('the kernel of layer %i fills its limit of sqrt(6 / (%i + %i))', (layer, fanIn, fanOut) => {
    const limit = Math.sqrt(6 / (fanIn + fanOut));
    const data = [...(weights(7, layer).kernel?.data ?? [])];
    const most = data.reduce((a, b) => Math.max(a, b));
    const least = data.reduce((a, b) => Math.min(a, b));
    expect(most).toBeLessThanOrEqual(Math.fround(limit));
    expect(least).toBeGreaterThanOrEqual(-Math.fround(limit));
    // Of n uniform draws none falls into the outer twentieth with probability 0.975^n: below 1e-8 for 720 and more.
    expect(most).toBeGreaterThan(0.95 * limit);
    expect(least).toBeLessThan(-0.95 * limit);
  });

  test('biases start at 0 and batch normalisation as the identity', () => {
    expect(weights(1, 5).bias?.data).toEqual(new Float32Array(10));
    const { gamma, beta, mean, variance } = weights(1, 3);
    expect([gamma, variance].map((weight) => weight?.data)).toEqual([
      new Float32Array(80).fill(1),
      new Float32Array(80).fill(1),
    ]);
    expect([beta, mean].map((weight) => weight?.data)).toEqual([new Float32Array(80), new Float32Array(80)]);
  });

  test('a seed that is no seed is refused', () => {
    expect(() => initialize(spec, { seed: -1 })).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
  });
});

describe('presets', () => {
  // Hidden nodes and parameters by hand, as the study describes its networks.
  test.each([
    ['single', [28, 28], 10, 128, 784 * 128 + 128 + 128 * 10 + 10],
    ['multi', [28, 28], 10, 224, 784 * 128 + 128 + (128 * 64 + 64) + (64 * 32 + 32) + 32 * 10 + 10],
    ['cnn', [28, 28, 1], 10, 544, 320 + 18496 + 73856 + 295168 + (3 * 3 * 256 * 64 + 64) + 650],
    ['cnn', [32, 32, 3], 10, 544, 896 + 18496 + 73856 + 295168 + (4 * 4 * 256 * 64 + 64) + 650],
  ] as const)('%s for images of %j has the nodes and parameters of the study', (name, shape, classes, nodes, parameters) => {
    const network = initialize(presets[name](shape, classes), { seed: 0 });
    const all = network.layers.reduce((sum, layer) => sum + nodeCount(layer), 0);
    expect(all - classes).toBe(nodes);
    expect(summarize(network).parameters).toBe(parameters);
    expect(network).toMatchObject({ name, loss: 'crossentropy' });
  });

  test('denseNetwork flattens images and takes flat input as it is', () => {
    expect(denseNetwork([4], [3], 2).layers.map(({ name }) => name)).toEqual([
      'input',
      'dense_1',
      'dense_1/activation',
      'output',
      'output/activation',
    ]);
    expect(denseNetwork([2, 2], [3], 2).layers[1]?.kind).toBe('flatten');
  });
});
