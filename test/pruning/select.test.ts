import { describe, expect, it } from 'vitest';
import { initialize, type LayerSpec, type Network, summarize } from '../../src/network/index.js';
import {
  amountAt,
  amountsOf,
  createPlan,
  type NodeScore,
  selectNodes,
  shrinkNetwork,
} from '../../src/pruning/index.js';

const image = (...shape: number[]): LayerSpec => ({ name: 'in', kind: 'input', config: { shape } });
const dense = (name: string, units: number): LayerSpec => ({ name, kind: 'dense', config: { units } });
const conv = (name: string, filters: number): LayerSpec => ({
  name,
  kind: 'conv2d',
  config: { filters, kernelSize: [3, 3], padding: 'same' },
});
const build = (...layers: LayerSpec[]): Network => initialize({ layers }, { seed: 1 });
const scored = (layer: string, ...scores: number[]): NodeScore[] =>
  scores.map((score, node) => ({ layer, node, score }));

const chain = build(image(3), dense('a', 4), dense('b', 6), dense('c', 2));
const scores = [...scored('a', 4, 1, 3, 2), ...scored('b', 10, 60, 20, 50, 30, 40)];

describe('selectNodes', () => {
  it('takes a share of each layer, or so many of each', () => {
    expect(selectNodes(chain, scores, { keep: 'high', amount: 0.5 })).toEqual({ a: [1, 3], b: [0, 2, 4] });
    expect(selectNodes(chain, scores, { keep: 'high', amount: 1 })).toEqual({ a: [1], b: [0] });
    expect(selectNodes(chain, scores, { keep: 'low', amount: 0.5 })).toEqual({ a: [0, 2], b: [1, 3, 5] });
    expect(selectNodes(chain, scores, { keep: 'high', amount: 0 })).toEqual({});
  });

  it('takes a share of all at scope global, but leaves every layer something', () => {
    expect(selectNodes(chain, scores, { keep: 'high', scope: 'global', amount: 0.3 })).toEqual({ a: [1, 2, 3] });
    expect(selectNodes(chain, scores, { keep: 'high', scope: 'global', amount: 0.5 })).toEqual({
      a: [1, 2, 3],
      b: [0],
    });
  });

  it('takes what is worse than a threshold, or than so many times the mean of its layer', () => {
    expect(selectNodes(chain, scores, { keep: 'high', threshold: 3 })).toEqual({ a: [1, 3] });
    expect(selectNodes(chain, scores, { keep: 'low', threshold: 45 })).toEqual({ b: [1, 3] });
    expect(selectNodes(chain, scores, { keep: 'high', meanThreshold: 0.5 })).toEqual({ a: [1], b: [0] });
    expect(selectNodes(chain, scores, { keep: 'high', meanThreshold: 1 })).toEqual({ a: [1, 3], b: [0, 2, 4] });
  });

  it('settles equal scores by the lower layer, then the lower node', () => {
    const equal = [...scored('a', 1, 1, 1, 1), ...scored('b', 1, 1, 1, 1, 1, 1)];
    expect(selectNodes(chain, equal, { keep: 'high', amount: 0.5 })).toEqual({ a: [0, 1], b: [0, 1, 2] });
    expect(selectNodes(chain, equal, { keep: 'low', scope: 'global', amount: 2 })).toEqual({ a: [0, 1] });
  });

  it('keeps a minimum, and leaves multiples', () => {
    expect(selectNodes(chain, scores, { keep: 'high', amount: 0.9, minimum: 3 })).toEqual({ a: [1], b: [0, 2, 4] });
    expect(selectNodes(chain, scores, { keep: 'high', amount: 0.5, roundTo: 4 })).toEqual({ b: [0, 2] });
  });

  it('refuses a named layer of which no node can go, and names those that can lose some', () => {
    const all = [...scores, ...scored('c', 1, 2)];
    const select = (layers: string[]) => () => selectNodes(chain, all, { keep: 'high', amount: 0.5, layers });
    const refused = 'layers: no node of layer "c" can go: they are what the model answers with';
    for (const layers of [['c'], ['a', 'c']]) expect(select(layers)).toThrow(refused);
    expect(select(['c'])).toThrow(expect.objectContaining({ hint: expect.stringContaining('can go: a, b; single') }));
    const tied = build(image(3), dense('d', 3), { name: 'sum', kind: 'add', inputs: ['d', 'in'] }, dense('out', 2));
    const first = () => selectNodes(tied, scored('d', 1, 2, 3), { keep: 'high', amount: 1, layers: ['d'] });
    expect(first).toThrow('no node of layer "d" can go: it is part of the input');
    expect(selectNodes(chain, all, { keep: 'high', amount: 0.5 })).toEqual({ a: [1, 3], b: [0, 2, 4] });
  });

  it('refuses a named layer of which no node can go, though some can of what it hangs together with', () => {
    const network = build(
      image(2),
      { ...dense('a', 3), inputs: ['in'] },
      { ...dense('b', 2), inputs: ['in'] },
      { name: 'both', kind: 'concat', inputs: ['a', 'b'] },
      { ...dense('c', 5), inputs: ['in'] },
      { name: 'sum', kind: 'add', inputs: ['both', 'c'] },
      { name: 'tied', kind: 'add', inputs: ['b', 'in'] },
      { name: 'all', kind: 'concat', inputs: ['sum', 'tied'] },
      dense('out', 2),
    );
    const all = [...scored('a', 3, 2, 1), ...scored('b', 1, 2), ...scored('c', 1, 2, 3, 4, 5)];
    const select = (layer: string) => () =>
      selectNodes(network, all, { keep: 'high', amount: 1, scope: 'global', layers: [layer] });
    expect(select('b')).toThrow('no node of layer "b" can go: it is part of the input');
    expect(select('b')).toThrow(expect.objectContaining({ hint: expect.stringContaining('can go: a, c; single') }));
    for (const layer of ['a', 'c']) expect(select(layer)()).toEqual({ a: [0], c: [0] });
  });

  it('takes nodes of the named layers only', () => {
    expect(selectNodes(chain, scores, { keep: 'high', amount: 0.5, layers: ['b'] })).toEqual({ b: [0, 2, 4] });
  });

  it('prunes layers that hang together as one, by the mean of their scores', () => {
    const trunk = build(
      image(4, 4, 1),
      conv('a', 4),
      conv('b', 4),
      { name: 's', kind: 'add', inputs: ['a', 'b'] },
      conv('c', 2),
    );
    const both = [...scored('a', 1, 2, 3, 4), ...scored('b', 9, 1, 1, 9)];
    expect(selectNodes(trunk, both, { keep: 'high', amount: 0.5 })).toEqual({ a: [1, 2], b: [1, 2] });
  });

  it('brings the shrunk network within a budget, and takes no more than it must', () => {
    for (const scope of ['layer', 'global'] as const) {
      for (const [cost, budget] of [
        ['parameters', 'budgetParameters'],
        ['macs', 'budgetMacs'],
      ] as const) {
        const limit = 0.6 * summarize(chain)[cost];
        const nodes = selectNodes(chain, scores, { keep: 'high', scope, [budget]: 0.6 });
        const { network } = shrinkNetwork(chain, createPlan(chain, nodes));
        expect(summarize(network)[cost]).toBeLessThanOrEqual(limit);
        const [[last = '', own = []] = []] = Object.entries(nodes).slice(-1);
        const fewer = { ...nodes, [last]: own.slice(0, -1) };
        if (scope === 'layer') continue;
        expect(summarize(shrinkNetwork(chain, createPlan(chain, fewer)).network)[cost]).toBeGreaterThan(limit);
      }
    }
    expect(() => selectNodes(chain, scores, { keep: 'high', budgetParameters: 5 })).toThrow(/at least \d+, the least/);
  });

  it('refuses what makes no sense', () => {
    const wrong = [
      [{ amount: 0.5, threshold: 1 }, /exactly one of/],
      [{}, /exactly one of/],
      [{ amount: -1 }, /a share from 0 to below 1/],
      [{ amount: 1.5 }, /a share from 0 to below 1/],
      [{ amount: 0.5, minimum: 0 }, /a positive integer/],
      [{ amount: 0.5, layers: ['x'] }, /names of layers with nodes/],
      [{ amount: 0.5, scope: 'all' }, /one of layer, global/],
    ] as const;
    for (const [options, message] of wrong) {
      expect(() => selectNodes(chain, scores, { keep: 'high', ...options } as never)).toThrow(message);
    }
    expect(() => selectNodes(chain, scored('a', Number.NaN), { keep: 'high', amount: 1 })).toThrow(/a finite score/);
    expect(() => selectNodes(chain, scored('x', 1), { keep: 'high', amount: 1 })).toThrow(/scores of nodes/);
  });
});

describe('amountsOf and amountAt', () => {
  it('grow as their papers say', () => {
    // Zhu & Gupta 2017: from 0.2 at step 100 to 0.8 at step 110; worked out by hand from their equation 1.
    expect(amountAt('cubic', 0.2, 0.8, 2 / 10)).toBeCloseTo(0.4928, 12);
    expect(amountAt('cubic', 0.2, 0.8, 5 / 10)).toBeCloseTo(0.725, 12);
    expect(amountsOf({ schedule: 'linear', steps: 4, to: 0.8 })).toEqual([0.2, 0.4, 0.6000000000000001, 0.8]);
    expect(amountsOf({ schedule: 'oneshot', steps: 2, to: 0.8 })).toEqual([0.8, 0.8]);
  });

  it('take the same share of what is left at every exponential step', () => {
    const amounts = amountsOf({ schedule: 'exponential', steps: 3, to: 0.875 });
    for (const [i, expected] of [0.5, 0.75, 0.875].entries()) expect(amounts[i]).toBeCloseTo(expected, 12);
  });

  it('refuse what is no share', () => {
    for (const wrong of [{ to: 1 }, { to: -0.1 }, { to: Number.NaN }, { from: 1, to: 0.5 }]) {
      expect(() => amountsOf({ schedule: 'linear', steps: 2, ...wrong })).toThrow(/a share from 0 to below 1/);
    }
  });
});
