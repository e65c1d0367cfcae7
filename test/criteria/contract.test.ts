import { describe, expect, test } from 'vitest';
import { type Criterion, criteria } from '../../src/criteria/index.js';

/**
 * What the command line promises of criteria: name, score of a node, which end is kept; and in which words the table says
 * it. Whoever changes a name, a direction or a formula must change it here too.
 */
const promised: Readonly<Record<string, readonly [score: string, keep: 'high' | 'low', formula: string]>> = {
  l1: ['norm of its incoming weights', 'high', 'sum of |w| over its incoming weights'],
  l2: ['norm of its incoming weights, with the root', 'high', 'root of the sum of w^2 over its incoming weights'],
  linf: ['norm of its incoming weights', 'high', 'largest |w| of its incoming weights'],
  'group-l1': [
    'norm over all weights that go with it, reduced',
    'high',
    'sum of |w| over each weight that goes with it, reduced over these weights',
  ],
  'group-l2': [
    'norm over all weights that go with it, reduced; no root',
    'high',
    'sum of w^2 over each weight that goes with it, reduced over these weights; no root',
  ],
  'bn-scale': [
    '|gamma| of the batch norm that follows',
    'high',
    '|gamma| of the batch normalisation that follows its layer alone',
  ],
  fpgm: [
    "sum of distances to the layer's other filters",
    'high',
    'sum of the Euclidean distances from its incoming weights to those of the other nodes of its layer',
  ],
  lamp: [
    'w^2 over the sum of the not smaller ones',
    'high',
    's = sum of w^2 over its incoming weights (of one weight: w^2), over the sum of all s of its layer that are not smaller',
  ],
  'mean-activation': ['of its output, over samples and positions', 'high', 'mean of a over samples and positions'],
  'l2-activation': [
    'of its output, over samples and positions',
    'high',
    'root of the sum of a^2 over samples and positions',
  ],
  variance: [
    'of its output, over samples and positions',
    'high',
    'mean of a^2 minus the square of the mean of a, over samples and positions',
  ],
  apoz: ['share of zeros in its output', 'low', 'share of exact zeros among a, over samples and positions'],
  gradient: ['sum over its incoming weights of |g|', 'high', 'sum of |g| over its incoming weights'],
  snip: [
    'sum over its incoming weights of |w g|, g of the mean loss',
    'high',
    'sum of |w g| over its incoming weights; of one weight: |w g|',
  ],
  taylor: [
    'mean over samples of |mean over positions of a g|',
    'high',
    'mean over samples of |mean over positions of a g|',
  ],
  'taylor-weight': [
    'sum of (w g)^2 over its incoming weights',
    'high',
    'sum of (w g)^2 over its incoming weights; of one weight: (w g)^2',
  ],
  'taylor-sum': [
    '|sum over samples of a g|; at the pre-activation with --at pre',
    'high',
    '|sum over samples and positions of a g|, g of the mean loss',
  ],
  fisher: [
    'mean over samples of (w g)^2, per-sample gradients, all samples',
    'high',
    'sum over its incoming weights of w^2 times the mean over samples of g^2; of one weight: that product',
  ],
  importance: [
    'importance propagation (rule absolute, start uniform)',
    'high',
    'mean over samples of the importance that comes back by the shares of |a w|, from 1 / C at each output',
  ],
  lrp: [
    'relevance by --rule and --convention, summed over samples',
    'high',
    'sum over samples of the relevance that comes back by the rule, from the logit of the label',
  ],
  ablation: [
    '-change',
    'high',
    'mean loss without the node minus the intact one: the change of exact ablation with the other sign',
  ],
  'ablation-accuracy': ['loss of accuracy', 'high', 'intact accuracy minus the accuracy without the node'],
  shapley: [
    'sampled permutations with truncation',
    'high',
    'what its removal adds to the mean loss, as a mean over orders in which all nodes of the layers are removed',
  ],
  random: ['seeded', 'high', 'a uniform number in [0, 1): what every criterion must beat'],
  magnitude: ['a score for each weight', 'high', '|w|'],
  wanda: [
    'a score for each weight',
    'high',
    '|w| times the root of the sum of x^2 over samples and positions, x the input channel that it multiplies',
  ],
};

/** What scores single weights, with `--weights`. */
const ofWeights = ['magnitude', 'wanda', 'snip', 'taylor-weight'];

/** What the promised criteria follow beyond what all do. */
const followed: Readonly<Record<string, readonly string[]>> = {
  'group-l1': ['reduce'],
  'group-l2': ['reduce'],
  'taylor-sum': ['at'],
  lrp: ['rule', 'convention', 'start'],
  importance: ['start'],
  shapley: ['permutations', 'truncation', 'seed'],
  random: ['seed'],
};

const table: Readonly<Record<string, Criterion | undefined>> = criteria;

describe('the criteria of the command line', () => {
  test.each(Object.entries(promised))('%s: %j', (name, [, keep, formula]) => {
    const criterion = table[name]!;
    expect([criterion.keep, criterion.formula]).toEqual([keep, formula]);
    expect(criterion.takes).toEqual(expect.arrayContaining([...(followed[name] ?? [])]));
    const weightsAlone = name === 'magnitude' || name === 'wanda';
    expect(criterion.nodes !== undefined).toBe(!weightsAlone);
  });

  test.each(ofWeights)('%s scores single weights', (name) => {
    expect(table[name]!.weights).toBeTypeOf('function');
  });
});
