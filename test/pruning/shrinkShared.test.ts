import { describe, expect, it } from 'vitest';
import { sharedWeights, summarize } from '../../src/network/index.js';
import {
  coupledLayers,
  createPlan,
  invertPruning,
  maskNetwork,
  selectWeights,
  shrinkNetwork,
  undoPruning,
} from '../../src/pruning/index.js';
import {
  act,
  build,
  concat,
  conv,
  dense,
  image,
  mean,
  norm,
  planOf,
  proveShrinking,
  relu,
  same,
  tied,
} from '../support/topology.js';

/** Two branches by one convolution, behind activations of two kinds. */
const branches = (first: string, second: string) =>
  tied(
    build(
      image(6, 6, 2),
      conv('p', 2, same),
      act('u', first),
      conv('a', 4),
      relu('r'),
      conv('q', 2, { ...same, inputs: ['in'] }),
      act('v', second),
      conv('c', 4),
      relu('s'),
      concat('j', 'r', 's'),
      mean('m'),
      dense('y', 3),
    ),
    'a',
    'c',
  );

const inRow = tied(
  build(
    image(4),
    dense('f', 6),
    relu('r'),
    dense('a', 6),
    relu('s'),
    dense('c', 6),
    act('t', 'sigmoid'),
    dense('y', 2),
  ),
  'a',
  'c',
);

proveShrinking({
  'a dense layer used twice in a row': {
    network: inRow,
    nodes: { a: [1, 4] },
    left: 'f 4, a 4, c 4, y 2',
  },
  'a convolution of two branches': {
    network: branches('relu', 'relu'),
    nodes: { c: [1], p: [0] },
    left: 'p 1, a 3, q 1, c 3, y 3',
  },
  'a convolution of two branches into which different constants are folded': {
    network: branches('relu', 'sigmoid'),
    nodes: { a: [3], q: [1] },
    left: 'p 1, a 3, q 1, c 3, y 3',
  },
  'a batch normalisation that two convolutions share': {
    network: tied(
      build(
        image(5, 5, 2),
        conv('a', 3),
        norm('n'),
        relu('r'),
        conv('c', 3, { inputs: ['in'] }),
        norm('o'),
        act('s', 'sigmoid'),
        concat('j', 'r', 's'),
        mean('m'),
        dense('y', 2),
      ),
      'n',
      'o',
    ),
    nodes: { a: [2] },
    left: 'a 2, c 2, y 2',
  },
});

describe('layers that share weights', () => {
  const whole = [
    { weight: 'kernel', layers: ['a', 'c'] },
    { weight: 'bias', layers: ['a', 'c'] },
  ];

  it('share them still when they are masked or shrunk', () => {
    const plan = createPlan(inRow, { c: [2] });
    expect(sharedWeights(maskNetwork(inRow, plan))).toEqual(whole);
    const { network } = shrinkNetwork(inRow, plan);
    expect(sharedWeights(network)).toEqual(whole);
    expect(summarize(network).parameters).toBe(5 * 5 + (5 * 5 + 5) + (5 * 2 + 2));
    expect(summarize(inRow).parameters).toBe(5 * 6 + (6 * 6 + 6) + (6 * 2 + 2));
  });

  it('share what is left the same where different constants were folded into biases', () => {
    const network = branches('relu', 'sigmoid');
    expect(sharedWeights(shrinkNetwork(network, createPlan(network, { p: [1] })).network)).toEqual(whole.slice(0, 1));
  });

  it('stay whole where one of their uses must', () => {
    const network = tied(
      build(image(4), dense('f', 6), relu('r'), dense('a', 3), dense('c', 3, { inputs: ['f'] }), concat('j', 'a', 'c')),
      'a',
      'c',
    );
    expect(() => createPlan(network, { a: [0] })).toThrow(/it is part of the output/);
    expect(() =>
      createPlan(tied(build(image(6), dense('a', 6), dense('c', 6), dense('y', 2)), 'a', 'c'), { a: [0] }),
    ).toThrow(/it is part of the input/);
  });

  it('are one row of a sensitivity', () => {
    expect(coupledLayers(branches('relu', 'relu')).map(({ layers }) => layers)).toEqual([
      ['p', 'q'],
      ['a', 'c'],
    ]);
  });

  it('lose the same single weights, by the mean of their scores', () => {
    const { shape, data } = inRow.layers.find(({ name }) => name === 'a')!.weights.kernel!;
    const scores = (of: (i: number) => number) => Float64Array.from(data, (_, i) => of(i));
    const table = [
      { layer: 'a', shape, scores: scores((i) => (i === 0 ? 0 : 10)) },
      { layer: 'c', shape, scores: scores((i) => (i === 7 ? 1 : 9 + (i === 0 ? 90 : 0))) },
    ];
    const weights = selectWeights(inRow, table, { keep: 'high', amount: 1 });
    expect(Object.entries(weights).map(([layer, mask]) => [layer, mask.indexOf(1), mask.lastIndexOf(1)])).toEqual([
      ['a', 7, 7],
      ['c', 7, 7],
    ]);
    const plan = createPlan(inRow, {}, { weights: { c: Uint8Array.from(data, (_, i) => (i === 3 ? 1 : 0)) } });
    expect(plan.weights!.map(({ layer, count }) => [layer, count])).toEqual([
      ['a', 1],
      ['c', 1],
    ]);
    expect(sharedWeights(maskNetwork(inRow, plan))).toEqual(whole);
  });

  it('share them again when a pruning is undone', () => {
    for (const cut of ['weights', 'mean'] as const) {
      const { network } = shrinkNetwork(inRow, planOf(inRow, { a: [0] }, cut));
      const undo = JSON.parse(JSON.stringify(invertPruning(inRow, network)));
      expect(sharedWeights(undoPruning(network, undo))).toEqual(whole);
      expect(undoPruning(network, undo)).toEqual(inRow);
    }
  });
});
