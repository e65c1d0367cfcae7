import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ablate } from '../../src/ablation/index.js';
import {
  type CriterionName,
  type CriterionOptions,
  type Normalization,
  scores,
  weightScores,
} from '../../src/criteria/index.js';
import { evaluate, prepareLabelled } from '../../src/engine/index.js';
import { referenceEngine } from '../../src/engine/reference/index.js';
import { createNetwork } from '../../src/network/index.js';
import { propagate } from '../../src/propagation/index.js';
import { tensor } from '../../src/tensor/tensor.js';
import { dataA, dataB, mlpOf, modelA, modelB } from '../support/pruningModels.js';
import { expectClose, tolerances } from '../support/tolerance.js';

const vectors = JSON.parse(readFileSync(new URL('../fixtures/pruning-vectors.json', import.meta.url), 'utf8'));
const { paper, torchPrune, torchPruning } = vectors.modelA;
/** Everything here is in double, as the reference engine is. */
const engine = 'reference';

async function ofFirst(criterion: CriterionName, options: CriterionOptions & { normalize?: Normalization } = {}) {
  const { layers } = await scores(modelA(), dataA, { criterion, engine, layers: ['conv1'], ...options }).collect();
  return layers[0]?.scores ?? [];
}

describe('model A: conv - batch norm - relu - conv - relu - average - linear', () => {
  test('has the scores, the loss and the ablations of the vectors', async () => {
    using compiled = referenceEngine.compile(modelA());
    const { samples } = prepareLabelled(modelA(), dataA, 'crossentropy');
    expectClose(await compiled.forward(samples), paper.logits.flat(), tolerances.stored);
    const { loss, accuracy } = await evaluate(modelA(), dataA, { engine });
    expectClose([loss, accuracy!], [paper.loss, paper.accuracy], tolerances.double);
    for (const [cut, expected] of [
      ['mean', paper.meanAblationChange],
      ['weights', paper.weightsAblationChange],
    ] as const) {
      const { layers } = await ablate(modelA(), dataA, { engine, cut, layers: ['conv1'] }).collect();
      const changes = layers[0]?.nodes.map(({ change }) => change) ?? [];
      expectClose(changes, expected, cut === 'mean' ? tolerances.storedCut : tolerances.double, cut);
      expectClose(
        await ofFirst('ablation', { cut }),
        expected.map((change: number) => -change),
        tolerances.storedCut,
        cut,
      );
    }
  });

  test.each([
    ['l2-activation', paper.l2Activation],
    ['gradient', paper.gradient],
    ['taylor', paper.taylor],
    ['taylor-weight', paper.taylorWeight],
    ['group-snip', paper.groupSnipMean],
    ['group-fisher', paper.groupFisherMean],
  ] as const)('%s is what its paper says', async (criterion, expected) => {
    expectClose(await ofFirst(criterion), expected, tolerances.vectors, criterion);
  });

  test('taylor-sum at the output is the gate behind the normalisation, squared', async () => {
    // A relu hands on a g as it is, and what a normalisation gives times its gradient is gamma dgamma + beta dbeta.
    const squares = (await ofFirst('taylor-sum')).map((score) => score * score);
    expectClose(squares, paper.gateBehindNorm, tolerances.vectors);
  });

  test('wanda scores each weight of the second convolution', async () => {
    const { kernels } = await weightScores(modelA(), dataA, { criterion: 'wanda', engine, layers: ['conv2'] });
    const expected = [0, 1, 2, 3].flatMap((input) => paper.wanda.map((row: number[]) => row[input]));
    expect(kernels[0]?.shape).toEqual([1, 1, 4, 5]);
    expectClose(kernels[0]?.scores ?? [], expected, tolerances.vectors);
  });

  test.each(['mean', 'sum'] as const)('group-l1 reduced by %s is that of Torch-Pruning', async (reduce) => {
    expectClose(await ofFirst('group-l1', { reduce }), torchPruning.groupL1[reduce], tolerances.torchPruning);
  });

  test.each([
    'sum',
    'max',
    'prod',
    'first',
  ] as const)('group-l2 reduced by %s is that of Torch-Pruning', async (reduce) => {
    expectClose(await ofFirst('group-l2', { reduce }), torchPruning.groupL2[reduce], tolerances.torchPruning);
  });

  test('the last part of a group is that of the gate of Torch-Pruning', async () => {
    const [all, own, scale] = [
      await ofFirst('group-l1', { reduce: 'sum' }),
      await ofFirst('l1'),
      await ofFirst('bn-scale'),
    ];
    const sizes = all.map((sum, node) => sum - own[node]! - scale[node]!);
    expectClose(sizes, torchPruning.groupL1.gate, tolerances.torchPruning);
    const [squares, norms] = [await ofFirst('group-l2', { reduce: 'sum' }), await ofFirst('l2')];
    const rests = squares.map((sum, node) => sum - norms[node]! ** 2 - scale[node]! ** 2);
    expectClose(rests, torchPruning.groupL2.gate, tolerances.torchPruning);
  });

  test('snip of what makes and what reads a node is the Taylor group of Torch-Pruning', async () => {
    const options = { criterion: 'snip', engine, layers: ['conv2'] } as const;
    const { kernels } = await weightScores(modelA(), dataA, options);
    const reads = (await ofFirst('snip')).map((own, node) => {
      const readers = kernels[0]!.scores.subarray(5 * node, 5 * node + 5);
      return (own + readers.reduce((sum, score) => sum + score, 0)) / 2;
    });
    expectClose(reads, torchPruning.groupSnipMeanWithoutNorm, tolerances.torchPruning);
  });

  test('group-l2 normalised by its sum is that of Torch-Pruning', async () => {
    const expected = torchPruning.groupL2MeanNormalizedBySum;
    expectClose(await ofFirst('group-l2', { normalize: 'sum' }), expected, tolerances.torchPruning);
  });
});

describe('ln_structured of PyTorch', () => {
  const { matrix, lnStructuredColumns, lnStructuredFilters } = { ...torchPrune.l1Unstructured, ...torchPrune };
  /** 1 for the half with the larger scores. */
  const largerHalf = (own: readonly number[]): number[] => {
    const sorted = [...own].sort((a, b) => a - b);
    return own.map((score) => Number(score >= sorted[own.length / 2]!));
  };

  test('keeps the filters of the largest l1', async () => {
    expect(largerHalf(await ofFirst('l1'))).toEqual(lnStructuredFilters);
  });

  test('keeps the columns of the largest l2', async () => {
    const kernel = tensor([2, 4], Float64Array.from(matrix.flat()));
    const network = createNetwork({
      layers: [
        { name: 'input', kind: 'input', config: { shape: [2] } },
        { name: 'dense', kind: 'dense', config: { units: 4 }, weights: { kernel } },
      ],
    });
    const { layers } = await scores(network, null, { criterion: 'l2', layers: ['dense'] }).collect();
    const kept = largerHalf(layers[0]!.scores);
    expect([kept, kept]).toEqual(lnStructuredColumns);
  });
});

describe('model B: linear 2-6-5-3', () => {
  test('has the scores and the ablations of the vectors', async () => {
    using compiled = referenceEngine.compile(modelB());
    const { samples } = prepareLabelled(modelB(), dataB, 'crossentropy');
    expectClose(await compiled.forward(samples), vectors.modelB.logits.flat(), tolerances.stored);
    const { layers } = await ablate(modelB(), dataB, { engine, cut: 'zero', layers: ['linear1'] }).collect();
    const changes = layers[0]?.nodes.map(({ change }) => change) ?? [];
    expectClose(changes, vectors.modelB.zeroAblationChange, tolerances.vectors);
  });
});

describe('the dense network 4-5-3', () => {
  const { mlp } = vectors;
  const data = { x: Float64Array.from(mlp.x.flat()), y: Int32Array.from(mlp.labels) };

  test.each([
    ['taylor', mlp.taylor, {}],
    ['taylor-sum', mlp.taylorSum, {}],
    ['taylor-signed', mlp.taylorSigned, {}],
    ['ablation', mlp.zeroAblation, { cut: 'zero' }],
    ['ablation-accuracy', mlp.accuracyChange.map((change: number) => 0 - change), { cut: 'zero' }],
  ] as const)('%s is that of the vectors', async (criterion, expected, options) => {
    const { layers } = await scores(mlpOf(mlp.layers), data, { criterion, engine, ...options }).collect();
    expectClose(layers[0]?.scores ?? [], expected, tolerances.vectors, criterion);
  });
});

describe('relevance', () => {
  test('lrp by z-plus of the toy study, in front of the relu, normalised', async () => {
    const options = { rule: 'zplus', convention: 'toy', start: 'label-logit', at: 'pre' } as const;
    const run = scores(modelB(), dataB, { criterion: 'lrp', engine, normalize: 'sum', ...options });
    expectClose((await run.collect()).layers[0]?.scores ?? [], vectors.modelB.toyZplus, tolerances.vectors);
  });

  test('sizes of relevance by z-plus, in front of the relu, summed over the samples', async () => {
    const options = { rule: 'zplus', convention: 'toy', start: 'label-logit', at: 'pre', engine } as const;
    const { layers } = await propagate(modelB(), dataB, options).collect();
    const first = layers.find(({ layer }) => layer === 'linear1')!;
    const sizes = first.nodes.map(({ absolute }) => absolute * dataB.y.length);
    expectClose(sizes, vectors.modelB.zplusSizes, tolerances.vectors);
  });

  test('lrp by epsilon with biases, summed over the samples', async () => {
    const options = { rule: 'epsilon', start: 'label-logit' } as const;
    const { layers } = await scores(modelB(), dataB, { criterion: 'lrp', engine, ...options }).collect();
    expectClose(layers[0]?.scores ?? [], vectors.modelB.epsilonWithBias, tolerances.vectors);
  });

  test('importance is the mean over the samples', async () => {
    const { mlp } = vectors;
    const data = { x: Float64Array.from(mlp.x.flat()), y: Int32Array.from(mlp.labels) };
    const options = { criterion: 'importance', start: 'prediction', engine } as const;
    const { layers } = await scores(mlpOf(mlp.layers), data, options).collect();
    expectClose(layers[0]?.scores ?? [], mlp.importanceFromPrediction, tolerances.vectors);
    const uniform = await scores(mlpOf(mlp.layers), data, { criterion: 'importance', engine }).collect();
    expectClose([uniform.layers[0]!.scores.reduce((a, b) => a + b, 0)], [1], tolerances.double);
  });
});
