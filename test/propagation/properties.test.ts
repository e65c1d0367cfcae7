import { describe, expect, test } from 'vitest';
import { referenceEngine } from '../../src/engine/reference/index.js';
import { createNetwork, type LayerSpec, layerAt, type Network } from '../../src/network/index.js';
import { propagate, type RuleName, ruleNames } from '../../src/propagation/index.js';
import { tensor } from '../../src/tensor/tensor.js';
import { createRandom, shuffle } from '../../src/util/random.js';
import { permuted } from '../support/permuted.js';
import { randomData, randomNetwork } from '../support/randomNetwork.js';
import { expectClose, largest, tolerances } from '../support/tolerance.js';

const engine = 'reference';

describe('conservation', () => {
  /** Without bias and stabiliser every rule promises it but the gradient. */
  const exact = { bias: 'none', epsilon: 0 } as const;
  const promising = ruleNames.filter((rule) => rule !== 'gradient' && rule !== 'identity');
  let held = 0;

  test.each(
    promising.flatMap((rule) => [0, 1, 2, 3, 4, 5].map((seed) => [rule, seed] as const)),
  )('what a layer receives it hands on: rule %s, seed %i', async (rule, seed) => {
    const network = randomNetwork(400 + seed, { extra: 3 });
    const { x, targets, count, scale } = randomData(network, seed, { count: 5 });
    const options = { engine, rule, convention: exact, fold: false, start: 'prediction' } as const;
    const names = network.layers.map(({ name }) => name);
    const run = await propagate(network, { x, y: targets, scale }, { ...options, maps: names }).collect();
    for (const { layer, received, handed, dead, conserves } of run.conservation) {
      const { inputs, kind } = network.layers.find(({ name }) => name === layer)!;
      // Rules that do not look at inputs send relevance to zeros around an image too, where it ends.
      expect(conserves, layer).toBe(kind !== 'zeroPad2d');
      if (handed === null || dead > 0 || !conserves) continue;
      // Relevance of both signs cancels, so that the sums are as exact as their largest terms let them be.
      const maps = [layer, ...inputs.map((id) => layerAt(network, id).name)].map((name) => run.maps[name]!.values);
      const sizes = maps.map((values) => largest(values) * (values.length / count));
      expectClose([handed], [received], { relative: 0, absolute: 2 ** -38 * Math.max(1, ...sizes) }, layer);
      held += 1;
    }
  });

  test('was looked at in many layers', () => {
    expect(held).toBeGreaterThan(200);
  });

  test('is not promised where a bias keeps a part', async () => {
    const network = randomNetwork(410, { include: ['dense'], loss: 'crossentropy' });
    const { x, targets } = randomData(network, 1, { count: 2 });
    const run = await propagate(network, { x, y: targets }, { engine, rule: 'epsilon', start: 'label' }).collect();
    for (const { layer, conserves } of run.conservation) {
      const own = network.layers.find(({ name }) => name === layer)!;
      if (own.kind === 'dense') expect(conserves).toBe(own.weights.bias === undefined);
    }
  });
});

describe('permutation equivariance', () => {
  const random = createRandom(11);
  const draw = (shape: number[]) =>
    tensor(
      shape,
      Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
    );
  const weights = (kernel: number[], units: number) => ({ kernel: draw(kernel), bias: draw([units]) });
  const dense = (name: string, from: number, units: number): LayerSpec => ({
    name,
    kind: 'dense',
    config: { units },
    weights: weights([from, units], units),
  });
  const relu = (name: string): LayerSpec => ({ name, kind: 'activation', config: { fn: 'relu' } });
  const conv = (name: string, from: number, filters: number): LayerSpec => ({
    name,
    kind: 'conv2d',
    config: { filters, kernelSize: [3, 3], padding: 'same' },
    weights: weights([3, 3, from, filters], filters),
  });
  const ofDense = createNetwork({
    layers: [
      { name: 'input', kind: 'input', config: { shape: [6] } },
      dense('a', 6, 7),
      relu('r'),
      dense('b', 7, 5),
      relu('s'),
      dense('c', 5, 3),
    ],
    loss: 'crossentropy',
  });
  const ofImages = createNetwork({
    layers: [
      { name: 'input', kind: 'input', config: { shape: [5, 5, 2] } },
      conv('a', 2, 7),
      relu('r'),
      { name: 'pool', kind: 'maxPool2d' },
      conv('b', 7, 4),
      { name: 'average', kind: 'globalAvgPool2d' },
      dense('c', 4, 3),
    ],
    loss: 'crossentropy',
  });

  const rules = ruleNames.filter((rule): rule is Exclude<RuleName, 'identity'> => rule !== 'identity');
  test.each(
    rules.flatMap((rule) => [[rule, 'dense', ofDense] as const, [rule, 'conv2d', ofImages] as const]),
  )('nodes in another order get the same relevance: rule %s, %s', async (rule, _kind, network) => {
    const order = Int32Array.from({ length: 7 }, (_, i) => i);
    shuffle(order, random);
    const { x, targets: y } = randomData(network, 12, { count: 4 });
    const of = async (own: Network) => {
      const options = { engine, rule, start: 'label-logit', layers: ['a'], maps: ['input'] } as const;
      const { layers, maps } = await propagate(own, { x, y }, options).collect();
      return { nodes: layers[0]!.nodes.map(({ relevance }) => relevance), input: maps.input!.values };
    };
    const [plain, mixed] = [await of(network), await of(permuted(network, { makes: ['a'], reads: 'b' }, order))];
    const bound = (values: ArrayLike<number>) => ({ relative: 0, absolute: 2 ** -36 * (1 + largest(values)) });
    expectClose(
      mixed.nodes,
      Array.from(order, (from) => plain.nodes[from]!),
      bound(plain.nodes),
      'nodes',
    );
    expectClose(mixed.input, plain.input, bound(plain.input), 'input');
  });
});

test('maps and taps of one job tell the same', async () => {
  const network = randomNetwork(420, { include: ['conv2d'], loss: 'crossentropy' });
  const { x, targets, count, scale } = randomData(network, 13, { count: 6 });
  const options = { engine, rule: 'zplus', start: 'uniform', at: 'pre' } as const;
  const names = network.layers.map(({ name }) => name);
  const { layers, maps } = await propagate(network, { x, y: targets, scale }, { ...options, maps: names }).collect();
  for (const { layer, nodes } of layers) {
    const { values } = maps[layer]!;
    const sums = new Float64Array(nodes.length);
    values.forEach((r, i) => {
      sums[i % nodes.length]! += r / count;
    });
    expectClose(
      nodes.map(({ relevance }) => relevance),
      sums,
      tolerances.double,
      layer,
    );
  }
  expect(referenceEngine.name).toBe(engine);
});
