import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { vectors } from '../support/attribution.js';
import { folderFrom } from '../support/environment.js';
import { expectClose, tolerances } from '../support/tolerance.js';

/**
 * Every key of the reference vectors is compared with or left out for a reason that stands here.
 *
 * Attribution vectors that are tested lie in test/fixtures/attribution.json and are read by the vectors.test.ts of
 * propagation and ablation, which fail if they forget one.
 */
const attributionLeftOut: Readonly<Record<string, string>> = {
  sv2: 'players that are groups of inputs: those of shapley are single nodes',
  lc2: 'conductance: a gradient integrated along a path from a baseline, which no rule or criterion here is',
  nc3: 'conductance, as lc2',
  nc4: 'conductance, as lc2',
  ii1: 'internal influence: an integrated gradient, as lc2',
  ii2: 'internal influence, as ii1',
  ii3: 'internal influence, as ii1',
  ii4: 'internal influence, as ii1',
  dl1: 'DeepLIFT compares with the activations of a baseline: no rule here has a second input',
  own7: 'Shapley values of own_mlp: the same numbers are mlp.shapley of the pruning fixture, in test/criteria/shapley.test.ts',
};

/** A place in test/fixtures/pruning-vectors.json and the test that reads it, or why there is none. */
type Where = { readonly at: string; readonly test: string; readonly minus?: true } | { readonly leftOut: string };
const criterion = (at: string): Where => ({ at, test: 'criteria/vectors.test.ts' });
const minus = (at: string): Where => ({ at, test: 'criteria/vectors.test.ts', minus: true });
const code = (what: string): Where => ({ leftOut: `${what}: code in test/support/pruningModels.ts` });
const normaliser: Where = { leftOut: 'a normaliser that is no option here: the options are those of docs/criteria.md' };

const pruningKeys: Readonly<Record<string, Where>> = {
  note: { leftOut: 'a note' },
  'fill/order': code('how weights are filled'),
  'fill/weight': code('how weights are filled'),
  'fill/bias': code('how weights are filled'),
  'fill/bn': code('how weights are filled'),
  'fill/input': code('how samples are filled'),
  'fill/mlp_input': code('how samples are filled'),
  modelA: code('the network'),
  'modelA_truth/logits': criterion('modelA.paper.logits'),
  'modelA_truth/loss': criterion('modelA.paper.loss'),
  'modelA_truth/accuracy': criterion('modelA.paper.accuracy'),
  'modelA_truth/exact_mean_ablation_dloss': minus('modelA.paper.meanAblationChange'),
  'modelA_truth/naive_conv_filter_zeroing_dloss': minus('modelA.paper.weightsAblationChange'),
  'modelA_truth/act_abs_l2_per_channel': criterion('modelA.paper.l2Activation'),
  'modelA_truth/paper_group_taylor_mean_incl_bn': criterion('modelA.paper.groupSnipMean'),
  'modelA_truth/molchanov2019_weight_taylor_sum(wg)^2_conv1': criterion('modelA.paper.taylorWeight'),
  'modelA_truth/molchanov2019_bn_gate_(gamma*dgamma+beta*dbeta)^2': criterion('modelA.paper.gateBehindNorm'),
  'modelA_truth/grad_abs_sum_conv1': criterion('modelA.paper.gradient'),
  'modelA_truth/paper_group_fisher_OBD_mean': criterion('modelA.paper.groupFisherMean'),
  'modelA_truth/molchanov2017_paper mean_n |mean_hw(a*g)|': criterion('modelA.paper.taylor'),
  'modelA_truth/wanda_c2 |W|*||X||2 [5x4]': criterion('modelA.paper.wanda'),
  'modelA_torch_pruning/magnitude p=1 reduction=mean normalizer=None': criterion('modelA.torchPruning.groupL1.mean'),
  'modelA_torch_pruning/magnitude p=1 reduction=sum normalizer=None': criterion('modelA.torchPruning.groupL1.sum'),
  'modelA_torch_pruning/magnitude p=1 reduction=gate normalizer=None': criterion('modelA.torchPruning.groupL1.gate'),
  'modelA_torch_pruning/magnitude p=2 reduction=sum normalizer=None': criterion('modelA.torchPruning.groupL2.sum'),
  'modelA_torch_pruning/magnitude p=2 reduction=max normalizer=None': criterion('modelA.torchPruning.groupL2.max'),
  'modelA_torch_pruning/magnitude p=2 reduction=prod normalizer=None': criterion('modelA.torchPruning.groupL2.prod'),
  'modelA_torch_pruning/magnitude p=2 reduction=first normalizer=None': criterion('modelA.torchPruning.groupL2.first'),
  'modelA_torch_pruning/magnitude p=2 reduction=gate normalizer=None': criterion('modelA.torchPruning.groupL2.gate'),
  'modelA_torch_pruning/magnitude p=2 reduction=mean normalizer=sum': criterion(
    'modelA.torchPruning.groupL2MeanNormalizedBySum',
  ),
  'modelA_torch_pruning/magnitude p=2 reduction=mean normalizer=standarization': normaliser,
  'modelA_torch_pruning/magnitude p=2 reduction=mean normalizer=gaussian': normaliser,
  'modelA_torch_pruning/magnitude p=2 reduction=mean normalizer=sentinel_0.5': normaliser,
  'modelA_torch_pruning/taylor normalizer=None (BN omitted, HEAD behaviour)': criterion(
    'modelA.torchPruning.groupSnipMeanWithoutNorm',
  ),
  'modelA_torch_pruning/taylor multivariable normalizer=None': {
    leftOut: 'sums of w g before their size is taken, over the weights of a group: no criterion here does that',
  },
  modelB: code('the network'),
  'modelB_lrp/inputs': code('samples'),
  'modelB_lrp/labels': code('samples'),
  'modelB_lrp/logits': criterion('modelB.logits'),
  'modelB_lrp/toy_repo_z+ (no bias, +1e-9) hidden1 sum/normalised': criterion('modelB.toyZplus'),
  'modelB_lrp/lrp_eps1e-6_with_bias hidden1 sum': criterion('modelB.epsilonWithBias'),
  'modelB_lrp/lrp_abs_sum hidden1 (LRP_pruning repo style)': criterion('modelB.zplusSizes'),
  'modelB_lrp/exact_zero_ablation_dloss_hidden1': minus('modelB.zeroAblationChange'),
  'torch_nn_utils_prune/l1_unstructured amount=2 on [[1,2,3,4],[-4,-3,-2,-1]]': {
    at: 'modelA.torchPrune.l1Unstructured.stays',
    test: 'pruning/weights.test.ts',
  },
  'torch_nn_utils_prune/ln_structured n=2 dim=1 amount=0.5 (ties: cols 0..3 norms^2=17,13,13,17)': criterion(
    'modelA.torchPrune.lnStructuredColumns',
  ),
  'torch_nn_utils_prune/ln_structured n=1 dim=0 amount=2 on modelA.c1 kept': criterion(
    'modelA.torchPrune.lnStructuredFilters',
  ),
  'torch_nn_utils_prune/global L1 amount=0.4 modelA zeros per layer': {
    at: 'modelA.torchPrune.globalL1Zeros',
    test: 'pruning/weights.test.ts',
  },
};

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const fixture = JSON.parse(read('../fixtures/pruning-vectors.json'));
const at = (place: string): unknown => place.split('.').reduce((within, key) => within[key], fixture);
const numbers = (value: unknown): number[] => (Array.isArray(value) ? value.flatMap(numbers) : [value as number]);

const reference = folderFrom('SECATEUR_REFERENCE', 'whether every key of the reference vectors is tested');
const published = (file: string) => JSON.parse(readFileSync(join(reference!, file), 'utf8'));

test('what a place of the pruning vectors holds is read by the test that is named for it', () => {
  for (const [key, where] of Object.entries(pruningKeys)) {
    if ('leftOut' in where) continue;
    expect(at(where.at), key).toBeDefined();
    expect(read(`../${where.test}`), key).toMatch(new RegExp(`\\b${where.at.split('.').slice(-1)}\\b`));
  }
});

describe.skipIf(reference === undefined)('the reference vectors', () => {
  test('each attribution vector is tested or left out for a reason', () => {
    const ids = published('attribution-vectors.json').vectors.map(({ id }: { id: string }) => id);
    const known = [...vectors.map(({ id }) => id), ...Object.keys(attributionLeftOut)];
    expect(known.sort()).toEqual(ids.sort());
  });

  test('each pruning vector is tested, with its own numbers, or left out for a reason', () => {
    const document = Object.entries(published('pruning-vectors.json'));
    const isGroup = (value: unknown): value is object => typeof value === 'object' && !Array.isArray(value);
    const values = document.flatMap(([key, value]) =>
      isGroup(value)
        ? Object.entries(value).map(([inner, own]) => [`${key}/${inner}`, own] as const)
        : [[key, value] as const],
    );
    expect(Object.keys(pruningKeys).sort()).toEqual(values.map(([key]) => key).sort());
    for (const [key, value] of values) {
      const where = pruningKeys[key]!;
      if ('leftOut' in where) continue;
      const sign = where.minus ? -1 : 1;
      expectClose(
        numbers(at(where.at)).map((number) => sign * number),
        numbers(value),
        tolerances.exact,
        key,
      );
    }
  });
});
