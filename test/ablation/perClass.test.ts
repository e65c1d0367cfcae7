import { describe, expect, test } from 'vitest';
import { ablate, ablateCumulative, ablateGroups, ablatePairs, type NodeEvent } from '../../src/ablation/index.js';
import type { LabelledData } from '../../src/data/dataset.js';
import { evaluate } from '../../src/engine/index.js';
import { createNetwork, type LossName, type Network } from '../../src/network/index.js';
import { tensor } from '../../src/tensor/tensor.js';
import { judges } from '../support/engines.js';
import { randomData, randomNetwork } from '../support/randomNetwork.js';
import { expectClose, tolerances } from '../support/tolerance.js';

/** Relu units of one number each, which `scores` adds up: a row a unit. */
function unitsOf(
  scores: readonly (readonly number[])[],
  fn: 'softmax' | 'sigmoid' | 'linear',
  loss: LossName,
): Network {
  const [units, width] = [scores.length, scores[0]?.length ?? 0];
  const identity = Float32Array.from({ length: units * units }, (_, i) => Number(i % (units + 1) === 0));
  return createNetwork({
    layers: [
      { name: 'input', kind: 'input', config: { shape: [units] } },
      { name: 'hidden', kind: 'dense', config: { units }, weights: { kernel: tensor([units, units], identity) } },
      { name: 'relu', kind: 'activation', config: { fn: 'relu' } },
      {
        name: 'scores',
        kind: 'dense',
        config: { units: width },
        weights: { kernel: tensor([units, width], Float32Array.from(scores.flat())) },
      },
      { name: 'end', kind: 'activation', config: { fn } },
    ],
    loss,
  });
}

const eye = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];
const softplus = (z: number): number => Math.log1p(Math.exp(z));

describe.each(judges)('$engine.name', ({ engine: { name: engine } }) => {
  test('flips count samples whose class changes, also from a wrong one to another; ties go to the first', async () => {
    // Classes by largest score: 0, 0, 2, 1; all but the second and the last are right.
    const x = Float32Array.of(3, 1, 0, 2, 1, 0, 0, 0, 2, 1, 2, 1);
    const y = Int32Array.of(0, 1, 2, 0);
    const { layers } = await ablate(unitsOf(eye, 'softmax', 'crossentropy'), { x, y }, { engine }).collect();
    // Without 0: 1, 1, 2, 1. Without 1: 0, 0, 2 and a tie of 0 and 2. Without 2: 0, 0 and zeros: 0, 1.
    expect(layers[0]?.nodes.map(({ flips, accuracy }) => [flips, accuracy])).toEqual([
      [2, 0.5],
      [1, 0.75],
      [1, 0.25],
    ]);
  });

  test('flips count outputs that change sides for the binary cross-entropy, and are null for the squared error', async () => {
    const scores = [
      [1, -1],
      [-3, 0],
    ];
    const x = Float32Array.of(2, 0, 1, 1, 0, 1);
    const y = Float32Array.of(1, 0, 1, 1, 0, 1);
    // Scores [2, -2], [-2, -1], [-3, 0]; without 0: [0, 0], [-3, 0], [-3, 0]; without 1: [2, -2], [1, -1], [0, 0].
    const nodes = async (fn: 'sigmoid' | 'linear', loss: LossName) =>
      (await ablate(unitsOf(scores, fn, loss), { x, y }, { engine }).collect()).layers[0]?.nodes ?? [];
    expect((await nodes('sigmoid', 'binary-crossentropy')).map(({ flips }) => flips)).toEqual([1, 1]);
    expect((await nodes('linear', 'mse')).map(({ flips }) => flips)).toEqual([null, null]);
  });

  test('perClass tells means over the samples of each class, and null for one without samples', async () => {
    const network = unitsOf(
      [
        [1, 0, -100],
        [0, 1, -100],
      ],
      'softmax',
      'crossentropy',
    );
    const x = Float32Array.of(2, 0, 1, 0, 0, 3);
    const y = Int32Array.of(0, 0, 1);
    const { baseline, layers } = await ablate(network, { x, y }, { engine, perClass: true }).collect();
    const [zero, one] = layers[0]?.nodes ?? [];
    const intact = (softplus(-2) + softplus(-1)) / 2;
    expect(baseline.perClass?.map(({ class: label, samples, accuracy }) => [label, samples, accuracy])).toEqual([
      [0, 2, 1],
      [1, 1, 1],
      [2, 0, null],
    ]);
    expectClose([baseline.perClass?.[0]?.loss ?? 0], [intact], tolerances.ablatedLoss);
    // Without unit 0 all scores of class 0 are 0, and class 2 comes third of equals.
    const without = Math.log(3);
    expectClose([zero?.perClass?.[0]?.loss ?? 0], [without], tolerances.ablatedLoss);
    expectClose([zero?.perClass?.[0]?.change ?? 0], [intact - without], tolerances.ablatedLoss);
    expect(zero?.perClass?.map(({ change, accuracy }) => [change !== 0, accuracy])).toEqual([
      [true, 1],
      [false, 1],
      [true, null],
    ]);
    expect(zero?.perClass?.[2]).toEqual({ class: 2, loss: null, change: null, accuracy: null });
    expect(one?.perClass?.[0]?.change).toBe(0);
  });

  const network = randomNetwork(41, { include: ['conv2d', 'dense'], loss: 'crossentropy' });
  const samples = randomData(network, 42, { count: 150 });
  const data: LabelledData = { x: samples.x, y: samples.targets, scale: samples.scale };

  test('perClass changes no other number, and its classes add up to the node', async () => {
    const [plain, told] = await Promise.all(
      [false, true].map((perClass) => ablate(network, data, { engine, perClass }).collect()),
    );
    const without = told?.layers.map((layer) => ({
      ...layer,
      nodes: layer.nodes.map(({ perClass: _perClass, ...node }) => node),
    }));
    expect(without).toEqual(plain?.layers);
    const classes = told?.baseline.perClass ?? [];
    const evaluated = await evaluate(network, data, { engine });
    expectClose(
      classes.map(({ loss }) => loss ?? 0),
      evaluated.perClass.map(({ loss }) => loss ?? 0),
      tolerances.double,
    );
    for (const { nodes } of told?.layers ?? []) {
      for (const { loss, perClass = [] } of nodes) {
        const sum = perClass.reduce((total, own, i) => total + (own.loss ?? 0) * (classes[i]?.samples ?? 0), 0);
        expectClose([sum / 150], [loss], tolerances.double);
      }
    }
  });

  test('sets tell their flips: of one node they are those of the node', async () => {
    const { layers } = await ablate(network, data, { engine }).collect();
    const [{ layer, nodes } = { layer: '', nodes: [] }] = layers;
    const numbers = nodes.slice(0, 3).map(({ node }) => node);
    const groups = numbers.map((node) => [{ layer, nodes: [node] }]);
    const flips = nodes.slice(0, 3).map((node) => node.flips);
    const told = await ablateGroups(network, data, groups, { engine }).collect();
    expect(told.groups.map((group) => group.flips)).toEqual(flips);
    const order = numbers.map((node) => ({ layer, node }));
    const { removals } = await ablateCumulative(network, data, order, { engine }).collect();
    const { nodes: singles, pairs } = await ablatePairs(network, data, { layer, nodes: numbers, engine }).collect();
    expect(singles.map((single) => single.flips)).toEqual(flips);
    expect(removals[0]?.flips).toBe(flips[0]);
    expect(removals[1]?.flips).toBe(pairs[0]?.flips);
  });

  test('adaptive runs tell flips where they are exact, and refuse classes', async () => {
    const adaptive = { confidence: 0.9 };
    const exact: NodeEvent[] = [];
    for await (const event of ablate(network, data, { engine, adaptive })) if (event.type === 'node') exact.push(event);
    const { layers } = await ablate(network, data, { engine }).collect();
    for (const { layer, node, flips } of exact) {
      const own = layers.find((table) => table.layer === layer)?.nodes.find((one) => one.node === node);
      expect(flips).toBe(own?.flips);
    }
    expect(() => ablate(network, data, { engine, adaptive, perClass: true })).toThrow(/perClass: an adaptive run/);
  });

  test('perClass is refused for losses without classes', () => {
    const regression = unitsOf([[1]], 'linear', 'mse');
    const y = Float32Array.of(1);
    expect(() => ablate(regression, { x: Float32Array.of(1), y }, { engine, perClass: true })).toThrow(/loss mse/);
  });
});
