import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createNetwork, initialize, type LayerSpec, type Network, networkDigest } from '../../src/network/index.js';
import {
  certify,
  checkPlan,
  composePlans,
  createPlan,
  diffPlans,
  invertPruning,
  maskNetwork,
  maskWeights,
  type PruningPlan,
  type SelectWeightsOptions,
  selectWeights,
  shrinkNetwork,
  undoPruning,
  type WeightScores,
} from '../../src/pruning/index.js';
import { type Shape, sizeOf, tensor } from '../../src/tensor/tensor.js';
import { createRandom } from '../../src/util/random.js';
import { modelA } from '../support/pruningModels.js';

const { torchPrune } = JSON.parse(
  readFileSync(new URL('../fixtures/pruning-vectors.json', import.meta.url), 'utf8'),
).modelA;

/** A network whose only kernel has a shape: two axes make a dense layer, four a convolution. */
function withKernel(shape: Shape): Network {
  const [inputs = 1, outputs = 1] = shape.slice(-2);
  const input = shape.length === 2 ? [inputs] : [9, 9, inputs];
  const layer: LayerSpec =
    shape.length === 2
      ? { name: 'k', kind: 'dense', config: { units: outputs } }
      : { name: 'k', kind: 'conv2d', config: { filters: outputs, kernelSize: [shape[0]!, shape[1]!] } };
  return initialize({ layers: [{ name: 'in', kind: 'input', config: { shape: input } }, layer] }, { seed: 1 });
}

const high = { keep: 'high' } as const;

function goes(shape: Shape, scores: readonly number[], options: Omit<SelectWeightsOptions, 'keep'>): number[] {
  return [...selectWeights(withKernel(shape), [{ layer: 'k', shape, scores }], { ...high, ...options }).k!];
}

const absolute = (network: Network): WeightScores[] =>
  network.layers.flatMap(({ name, weights: { kernel } }) =>
    kernel ? [{ layer: name, shape: kernel.shape, scores: kernel.data.map(Math.abs) }] : [],
  );

describe('selectWeights', () => {
  it('takes the smallest of each kernel, the first of equal ones, as torch.nn.utils.prune', () => {
    const { matrix, amount, stays } = torchPrune.l1Unstructured;
    const mask = goes([2, 4], matrix.flat().map(Math.abs), { amount });
    expect(mask.map((bit) => 1 - bit)).toEqual(stays.flat());
  });

  it('takes the smallest of all kernels at scope global, as torch.nn.utils.prune', () => {
    const masks = selectWeights(modelA(), absolute(modelA()), { ...high, scope: 'global', amount: 0.4 });
    const counts = ['conv1', 'conv2', 'fc'].map((layer) => masks[layer]!.reduce((sum, bit) => sum + bit, 0));
    expect(counts).toEqual(torchPrune.globalL1Zeros);
  });

  it('takes what is worse than a threshold, or than so many times the mean', () => {
    expect(goes([1, 5], [1, 2, 3, 4, 5], { threshold: 3 })).toEqual([1, 1, 0, 0, 0]);
    expect(goes([1, 5], [1, 2, 3, 4, 5], { meanThreshold: 1 })).toEqual([1, 1, 0, 0, 0]);
    const { k } = selectWeights(withKernel([1, 5]), [{ layer: 'k', shape: [1, 5], scores: [1, 2, 3, 4, 5] }], {
      keep: 'low',
      threshold: 3,
    });
    expect([...k!]).toEqual([0, 0, 0, 1, 1]);
  });

  it('leaves a minimum of each kernel, one weight unless told', () => {
    expect(goes([1, 3], [2, 3, 1], { amount: 0.9999 })).toEqual([1, 0, 1]);
    expect(goes([1, 3], [2, 3, 1], { threshold: 9, minimum: 0 })).toEqual([1, 1, 1]);
    expect(goes([1, 3], [2, 3, 1], { threshold: 9, minimum: 2 })).toEqual([0, 0, 1]);
  });

  it('2:4 keeps the best two of every four inputs of an output', () => {
    // Inputs down, outputs across; each column of four loses its two smallest.
    const scores = [
      [9, 1],
      [1, 2],
      [5, 3],
      [2, 4],
      [7, 5],
      [7, 5],
      [7, 4],
      [1, 5],
    ];
    const expected = [
      [0, 1],
      [1, 1],
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 0],
      [0, 1],
      [1, 0],
    ];
    expect(goes([8, 2], scores.flat(), { pattern: '2:4' })).toEqual(expected.flat());
  });

  it('N:M keeps as many of a shorter row at the end', () => {
    expect(goes([6, 1], [3, 1, 2, 4, 5, 6], { pattern: '2:4' })).toEqual([0, 1, 1, 0, 0, 0]);
    expect(goes([5, 1], [1, 2, 3, 4, 5], { pattern: '1:3' })).toEqual([1, 1, 0, 1, 0]);
  });

  it('N:M counts the inputs of a convolution at each tap', () => {
    const shape = [2, 1, 4, 1];
    expect(goes(shape, [1, 2, 3, 4, 4, 3, 2, 1], { pattern: '2:4' })).toEqual([1, 1, 0, 0, 0, 0, 1, 1]);
  });

  it('block:2x2 takes blocks by the mean of their scores, smaller ones at the edges', () => {
    const scores = [
      [1, 1, 8, 8, 2],
      [1, 1, 8, 8, 2],
      [9, 9, 0, 3, 7],
    ]; // Means: 1, 8, 2 and 9, 1.5, 7.
    const expected = [
      [1, 1, 0, 0, 0],
      [1, 1, 0, 0, 0],
      [0, 0, 1, 1, 0],
    ];
    expect(goes([3, 5], scores.flat(), { pattern: 'block:2x2', amount: 2 })).toEqual(expected.flat());
    expect(goes([3, 5], scores.flat(), { pattern: 'block:2x2', amount: 1 / 3 })).toEqual(expected.flat());
    expect(goes([3, 5], scores.flat(), { pattern: 'block:2x2', threshold: 1.9 })).toEqual(expected.flat());
  });

  it('is what sorting would give, on random shapes with many equal scores', () => {
    const random = createRandom(7);
    for (let round = 0; round < 60; round++) {
      const shape = Array.from({ length: round % 2 === 0 ? 2 : 4 }, () => 1 + random.integer(5));
      const scores = Array.from({ length: sizeOf(shape) }, () => random.integer(6));
      const amount = random.integer(scores.length - 1);
      const order = scores.map((_, i) => i).sort((a, b) => scores[a]! - scores[b]! || a - b);
      const expected = scores.map((_, i) => (order.indexOf(i) < amount ? 1 : 0));
      expect(goes(shape, scores, amount === 0 ? { amount: 0 } : { amount }), String([shape, amount])).toEqual(expected);
    }
  });

  it('orders kernels at scope global by layer, then index, where scores are equal', () => {
    const kernels = absolute(modelA()).map((kernel) => ({ ...kernel, scores: new Float64Array(kernel.scores.length) }));
    const masks = selectWeights(modelA(), kernels.reverse(), { ...high, scope: 'global', amount: 120, minimum: 0 });
    expect(masks.conv1!.every((bit) => bit === 1)).toBe(true);
    expect([...masks.conv2!]).toEqual(Array.from({ length: 20 }, (_, i) => (i < 12 ? 1 : 0)));
    expect(masks.fc!.some((bit) => bit === 1)).toBe(false);
  });

  it('refuses what makes no sense', () => {
    const scores = [1, 2, 3, 4];
    const wrong = [
      [{}, /exactly one of/],
      [{ amount: 0.5, threshold: 1 }, /exactly one of/],
      [{ amount: 0.5, pattern: '2:4' }, /no amount beside a pattern/],
      [{ amount: -1 }, /a share from 0 to below 1/],
      [{ amount: 1.5 }, /a share from 0 to below 1/],
      [{ amount: 0.5, minimum: -1 }, /at least 0/],
      [{ amount: 0.5, scope: 'all' }, /one of layer, global/],
      ...['4:2', '2:2', '0:4', 'block:0x1', 'block:4:4', '2x4', 'x', ''].map((pattern) => [{ pattern }, /such as 2:4/]),
    ] as const;
    for (const [options, message] of wrong) {
      expect(() => goes([4, 1], scores, options as never), JSON.stringify(options)).toThrow(message as RegExp);
    }
    expect(() => goes([4, 1], [1, Number.NaN, 2, 3], { amount: 1 })).toThrow(/a finite score for weight 1/);
    expect(() => goes([4, 1], [1], { amount: 1 })).toThrow(/scores of shape \[4,1\]/);
    const other = { layer: 'x', shape: [4, 1], scores };
    expect(() => selectWeights(withKernel([4, 1]), [other], { ...high, amount: 1 })).toThrow(
      /names of layers with a kernel/,
    );
  });

  it('lays no pattern over depthwise convolutions, which sum over no inputs', () => {
    const network = initialize(
      {
        layers: [
          { name: 'in', kind: 'input', config: { shape: [5, 5, 4] } },
          { name: 'd', kind: 'depthwiseConv2d', config: { kernelSize: [3, 3] } },
        ],
      },
      { seed: 1 },
    );
    expect(() => selectWeights(network, absolute(network), { ...high, pattern: '2:4' })).toThrow(/which does not/);
    expect(selectWeights(network, absolute(network), { ...high, amount: 18 }).d?.length).toBe(36);
  });
});

const network = initialize(
  {
    layers: [
      { name: 'in', kind: 'input', config: { shape: [5, 5, 2] } },
      { name: 'a', kind: 'conv2d', config: { filters: 5, kernelSize: [3, 3] } },
      { name: 'r', kind: 'activation', config: { fn: 'relu' } },
      { name: 'f', kind: 'flatten' },
      { name: 'b', kind: 'dense', config: { units: 7 } },
      { name: 'c', kind: 'dense', config: { units: 3 } },
    ],
  },
  { seed: 4 },
);
const half = selectWeights(network, absolute(network), { ...high, amount: 0.5 });
const planOf = (weights: typeof half, nodes = {}): PruningPlan => createPlan(network, nodes, { weights });
const copyOf = (plan: PruningPlan): PruningPlan => JSON.parse(JSON.stringify(plan));

describe('masked weights', () => {
  it('are exactly 0, and all others keep their bits', () => {
    const masked = maskWeights(network, half);
    for (const [i, layer] of network.layers.entries()) {
      const mask = half[layer.name];
      const expected = layer.weights.kernel?.data.map((weight, at) => (mask?.[at] ? 0 : weight));
      expect(masked.layers[i]!.weights.kernel?.data).toEqual(expected);
      expect(masked.layers[i]!.weights.bias).toBe(layer.weights.bias);
    }
    expect(() => maskWeights(network, { a: new Uint8Array(3) })).toThrow(/a mask of 90 numbers/);
    expect(() => maskWeights(network, { f: new Uint8Array(3) })).toThrow(/names of layers with a kernel/);
  });

  it('keep doubles', () => {
    const doubles = createNetwork({
      layers: [
        { name: 'in', kind: 'input', config: { shape: [2] } },
        {
          name: 'd',
          kind: 'dense',
          config: { units: 1 },
          weights: { kernel: tensor([2, 1], Float64Array.of(0.1, 3)) },
        },
      ],
    });
    const masked = maskWeights(doubles, { d: Uint8Array.of(0, 1) });
    expect(masked.layers[1]!.weights.kernel!.data).toEqual(Float64Array.of(0.1, 0));
  });

  it('stand in plans, which survive JSON', () => {
    const plan = planOf(half);
    expect(plan.weights!.map(({ layer, count }) => [layer, count])).toEqual([
      ['a', 45],
      ['b', 158],
      ['c', 11],
    ]);
    const masked = maskNetwork(network, copyOf(plan));
    expect(networkDigest(masked)).toBe(networkDigest(maskWeights(network, half)));
    expect(planOf({ a: new Uint8Array(90) }).weights).toBeUndefined();
  });

  it('go together with nodes: what is left of a kernel is masked when nodes are deleted', async () => {
    const plan = planOf(half, { a: [1, 2], b: [0] });
    const shrunk = shrinkNetwork(network, plan);
    expect(shrunk.network.layers.find(({ name }) => name === 'b')!.weights.kernel!.shape).toEqual([27, 6]);
    const certificate = await certify(network, plan, shrunk);
    expect(certificate.holds).toBe(true);
    expect(certificate.after.zeros).toBeGreaterThan(0);
    const kept = shrunk.network.layers.find(({ name }) => name === 'c')!.weights.kernel!.data;
    const rows = half.c!.subarray(3);
    expect(kept.map((weight) => (weight === 0 ? 1 : 0))).toEqual(Float32Array.from(rows));
  });

  it('compose and subtract', () => {
    const others = selectWeights(network, absolute(network).slice(1, 2), { ...high, pattern: '2:4' });
    const [first, second] = [planOf(half), planOf(others, { a: [0] })];
    const both = composePlans(first, second);
    const union = half.b!.map((bit, i) => bit | others.b![i]!);
    expect(both).toMatchObject(
      JSON.parse(JSON.stringify({ ...planOf({ ...half, b: union }, { a: [0] }), made: both.made })),
    );
    const rest = diffPlans(both, first);
    const left = others.b!.map((bit, i) => bit & ~half.b![i]! & 1);
    expect(rest.weights).toEqual(planOf({ b: left }).weights);
    expect(rest.nodes).toEqual(second.nodes);
    expect(diffPlans(first, first).weights).toBeUndefined();
  });

  it('compose with nodes wherever those are cut', () => {
    const nodes = createPlan(network, { a: [0] }, { cut: 'zero' });
    expect(composePlans(planOf(half), nodes).cut).toBe('zero');
    expect(composePlans(nodes, planOf(half)).cut).toBe('zero');
    expect(() => composePlans(nodes, createPlan(network, { b: [0] }))).toThrow(/different points: zero and weights/);
  });

  it('are undone bit for bit', () => {
    const plan = planOf(half, { b: [3] });
    const { network: small } = shrinkNetwork(network, plan);
    const undo = JSON.parse(JSON.stringify(invertPruning(network, small)));
    expect(networkDigest(undoPruning(small, undo))).toBe(networkDigest(network));
  });

  it('of damaged plans are refused', () => {
    const plan = copyOf(planOf(half));
    const [entry] = plan.weights!;
    const damaged: readonly [unknown, RegExp][] = [
      [{}, /no list/],
      [[{}], /an entry has layer/],
      [[{ ...entry, layer: 'f' }], /layers with a kernel/],
      [[{ ...entry, shape: [3, 3] }], /shape \[3,3\] where the kernel has/],
      [[{ ...entry, count: 44 }], /45 bits are set, and count says 44/],
      [[{ ...entry, mask: entry!.mask.slice(4) }], /no base64 of 90 bits/],
      [[{ ...entry, mask: `*${entry!.mask.slice(1)}` }], /no base64/],
      [[entry, entry], /twice/],
    ];
    for (const [weights, message] of damaged) {
      expect(() => checkPlan(network, { ...plan, weights }), String(message)).toThrow(message);
    }
    const spare = Buffer.from(entry!.mask, 'base64');
    spare[11]! |= 0x80;
    const beyond = [{ ...entry, count: 46, mask: spare.toString('base64') }];
    expect(() => checkPlan(network, { ...plan, weights: beyond })).toThrow(/46 bits are set/);
  });
});
