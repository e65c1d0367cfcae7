import { describe, expect, test } from 'vitest';
import type { CriterionName } from '../../src/criteria/index.js';
import { loadDataset } from '../../src/data/index.js';
import { denseNetwork, initialize } from '../../src/network/index.js';
import { audit, prune, sensitivity, sweep } from '../../src/recipes/index.js';

/** Biases are 0: where all inputs are, nothing comes out of any layer, and every denominator of the last one is 0. */
const network = initialize(denseNetwork([4], [6, 5], 3), { seed: 3 });
const iris = await loadDataset('iris', { limit: 20 });
const dark = { ...iris, x: new Float32Array(iris.x.length) };
const engine = 'reference';

const lost = (criterion: CriterionName) =>
  `criterion ${criterion}: denominators were 0, and what came to them was lost: 60 of layer "output"`;

describe('denominators of 0 are told by all that scores by relevance', () => {
  test('by an audit, of the criterion that met some', async () => {
    // The stabiliser of lrp lets no denominator be 0.
    const criteria = ['importance', 'taylor', 'lrp'] as const;
    const { notices } = await audit(network, dark, { engine, criteria }).collect();
    expect(notices).toEqual([{ criterion: 'importance', notice: lost('importance') }]);
    expect((await audit(network, iris, { engine, criteria: ['taylor'] }).collect()).notices).toEqual([]);
  });

  test('by pruning', async () => {
    const { notices } = await prune(network, dark, { engine, criterion: 'importance', amount: 0.5 });
    expect(notices).toContain(lost('importance'));
  });

  test('by curves, once a criterion', async () => {
    const options = { engine, amounts: [0, 0.5], criteria: ['l1', 'importance'] } as const;
    const { notices } = await sweep(network, dark, options).collect();
    expect(notices).toEqual([{ criterion: 'importance', notice: lost('importance') }]);
    const { notice } = await sensitivity(network, dark, { engine, amounts: [0.5], criterion: 'importance' }).collect();
    expect(notice).toBe(lost('importance'));
  });
});
