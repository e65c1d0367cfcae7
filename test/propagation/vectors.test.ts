import { describe, expect, test } from 'vitest';
import { ablate } from '../../src/ablation/index.js';
import type { Start, Tap } from '../../src/engine/index.js';
import { referenceEngine } from '../../src/engine/reference/index.js';
import type { Network } from '../../src/network/index.js';
import { type Composite, layerRules, type RuleChoice, resolveConvention } from '../../src/propagation/index.js';
import {
  channelsLast,
  flat,
  idOf,
  type Nested,
  sampleAxis,
  shapeOf,
  type Vector,
  vectorData,
  vectorNetwork,
  vectorsOf,
} from '../support/attribution.js';
import { propagated, propagationJob } from '../support/propagate.js';
import { expectClose, type Tolerance, tolerances } from '../support/tolerance.js';

const vectors = vectorsOf('propagation');
const vectorOf = (id: string): Vector => vectors.get(id);

const expectedOf = ({ expected }: Vector, key?: string): number[] => {
  const nested = key === undefined ? (expected as Nested) : (expected as Record<string, Nested>)[key]!;
  const rows = sampleAxis(nested);
  return channelsLast(flat(rows), shapeOf(rows));
};

interface Asked {
  readonly rule: RuleChoice | Composite;
  readonly convention?: Parameters<typeof resolveConvention>[0];
  readonly start: Start;
  readonly labels?: readonly number[];
  /** Layer whose output is started at; default the network's. */
  readonly scores?: string;
  readonly times?: Tap['times'];
}

const compositeOf = (rule: RuleChoice | Composite): Composite =>
  typeof rule === 'object' && 'rows' in rule ? rule : { rows: [], otherwise: rule };

function jobOf(vector: Vector, network: Network, { rule, convention, start, labels, scores }: Asked) {
  const count = sampleAxis(vector.input).length;
  const given = labels ?? vector.labels ?? Array.from({ length: count }, () => vector.params?.target ?? 0);
  const data = vectorData(vector, network, given, idOf(network, scores ?? network.layers[network.output]!.name));
  const rules = layerRules(network, compositeOf(rule), resolveConvention(convention)).map(({ backward }) => backward);
  return { ...propagationJob(network, data), start, rules };
}

/** Relevance at a layer for every sample, channels last. */
async function relevanceAt(vector: Vector, layer: string, asked: Asked): Promise<Float64Array> {
  const network = vectorNetwork(vector);
  using compiled = referenceEngine.compile(network);
  const job = { ...jobOf(vector, network, asked), maps: [idOf(network, layer)] };
  return (await propagated(compiled, job)).maps[0] as Float64Array;
}

async function sumsAt(vector: Vector, layer: string, asked: Asked) {
  const network = vectorNetwork(vector);
  using compiled = referenceEngine.compile(network);
  const tap: Tap = { layer: idOf(network, layer), times: asked.times ?? 'one' };
  return (await propagated(compiled, { ...jobOf(vector, network, asked), taps: [tap] })).taps[0]!;
}

describe('captum', () => {
  test.each(['ga1', 'ga2', 'ga3'])('gradient times activation: %s', async (id) => {
    const vector = vectorOf(id);
    const asked = { rule: 'gradient', start: 'label', times: 'activation' } as const;
    const { sum } = await sumsAt(vector, vector.params!.layer!, asked);
    expectClose(sum, expectedOf(vector), tolerances.printed, id);
  });

  test.each(['ng1', 'ng3'])('gradient of a neuron: %s', async (id) => {
    const vector = vectorOf(id);
    const { layer, neuron = 0 } = vector.params!;
    const asked = { rule: 'gradient', start: 'label', labels: [neuron], scores: layer! } as const;
    expectClose(await relevanceAt(vector, 'input', asked), expectedOf(vector), tolerances.printed, id);
  });

  const alpha1beta0 = { rule: 'alphaBeta', alpha: 1, beta: 0 } as const;
  const lastGamma = { rows: [{ layers: { names: ['linear2'] }, rule: 'gamma' }], otherwise: 'epsilon' } as const;
  test.each([
    ['lrp1', 'input', 'epsilon'],
    ['lrp2', 'input', 'epsilon'],
    ['lrp4', 'input', alpha1beta0],
    ['lrp8', 'conv1', 'epsilon'],
    ['lrp9', 'linear', lastGamma],
    ['lrp10', 'input', 'epsilon'],
    ['lrp11', 'input', 'epsilon'],
  ] as const)('relevance: %s at %s', async (id, layer, rule) => {
    const vector = vectorOf(id);
    const asked = { rule, convention: 'captum', start: id === 'lrp11' ? 'prediction-logit' : 'label-logit' } as const;
    expectClose(await relevanceAt(vector, layer, asked), expectedOf(vector), tolerances.captumEpsilon, id);
  });
});

describe('RelevancePropagation.jl', () => {
  /** Relevance is linear in what it starts with: one-hot starts, each as often as was given. */
  async function startedWith(vector: Vector, weights: readonly number[], asked: Omit<Asked, 'start' | 'labels'>) {
    const parts = await Promise.all(
      weights.map((_, unit) => relevanceAt(vector, 'input', { ...asked, start: 'label', labels: [unit] })),
    );
    return parts[0]!.map((_, i) => weights.reduce((sum, weight, unit) => sum + weight * parts[unit]![i]!, 0));
  }
  const zero = { rule: 'epsilon', epsilon: 0 } as const;
  const stated = (vector: Vector): Tolerance => ({ relative: 0, absolute: vector.tolerance! });

  test.each([
    ['jl1', [1 / 3, 2 / 3], zero, {}],
    ['jl4', [1, 0], zero, { epsilon: 0 }],
    ['jl5', [0, 1], zero, { epsilon: 0 }],
    ['jl7', [-1], 'alphaBeta', { epsilon: 1e-9 }],
    ['jl8', [-0.07, 1], 'gamma', { epsilon: 1e-9 }],
  ] as const)('%s', async (id, weights, rule, convention) => {
    const vector = vectorOf(id);
    expectClose(await startedWith(vector, weights, { rule, convention }), expectedOf(vector), stated(vector), id);
  });
});

describe('layers alone', () => {
  test.each([
    ['act1', undefined],
    ['dlk1', 'forward'],
    ['dlk2', undefined],
  ] as const)('outputs: %s', async (id, key) => {
    const vector = vectorOf(id);
    const network = vectorNetwork(vector);
    using compiled = referenceEngine.compile(network);
    const outputs = await compiled.forward(vectorData(vector, network, []));
    expectClose(outputs, expectedOf(vector, key), tolerances.exact, id);
  });

  test('the gradient of a dense layer is a row of its kernel: dlk1', async () => {
    const vector = vectorOf('dlk1');
    for (const unit of [0, 1]) {
      const row = expectedOf(vector, `multipliers_task${unit}`);
      const gradient = await relevanceAt(vector, 'input', { rule: 'gradient', start: 'label', labels: [unit, unit] });
      expectClose(gradient, [...row, ...row], tolerances.exact);
    }
  });
});

describe('closed forms in double', () => {
  test('the loss, and its change without each hidden unit', async () => {
    const [intact, cut] = [vectorOf('own1'), vectorOf('own2')];
    const network = vectorNetwork(intact);
    const { x, targets } = vectorData(cut, network, cut.labels!);
    const run = ablate(network, { x, y: targets as Int32Array }, { engine: 'reference', layers: ['d1'], cut: 'zero' });
    const { baseline, layers } = await run.collect();
    expectClose([baseline.loss], expectedOf(intact, 'loss_mean'), tolerances.printed, 'loss');
    expectClose([baseline.accuracy!], expectedOf(intact, 'accuracy'), tolerances.printed, 'accuracy');
    const changes = layers[0]!.nodes.map(({ change }) => -change);
    expectClose(changes, expectedOf(cut, 'dLoss'), tolerances.printed, 'dLoss');
  });

  test('first-order Taylor at the hidden layer', async () => {
    const vector = vectorOf('own8');
    const count = vector.labels!.length;
    const asked = { rule: 'gradient', start: 'loss', times: 'activation' } as const;
    const { sum, absolute } = await sumsAt(vector, 'r1', asked);
    const mean = sum.map((value) => -value / count);
    expectClose(mean, expectedOf(vector, 'signed_pred_of_ablation_dLoss = -sum_n a*g'), tolerances.printed, 'signed');
    expectClose(
      absolute.map((value) => value / count),
      expectedOf(vector, 'sum_of_abs'),
      tolerances.printed,
      'sizes',
    );
    const gradient = (await relevanceAt(vector, 'r1', asked)).map((value) => value / count);
    expectClose(gradient, expectedOf(vector, 'gradient_a'), tolerances.printed, 'gradient');
  });

  test('Taylor and ablation of the filters of a convolutional network', async () => {
    const vector = vectorOf('own_conv1');
    const network = vectorNetwork(vector);
    const { x, targets, count } = vectorData(vector, network, vector.labels!);
    for (const [layer, site] of [
      ['c1', 'r1'],
      ['c2', 'r2'],
    ] as const) {
      const asked = { rule: 'gradient', start: 'loss', times: 'activation' } as const;
      const { sum } = await sumsAt(vector, site, asked);
      const mean = sum.map((value) => -value / count);
      expectClose(mean, expectedOf(vector, `taylor_-sum(a*g)_${site}`), tolerances.printed, `Taylor at ${site}`);
      const options = { engine: 'reference', layers: [layer], cut: 'zero' } as const;
      const { layers } = await ablate(network, { x, y: targets as Int32Array }, options).collect();
      const changes = layers[0]!.nodes.map(({ change }) => -change);
      expectClose(changes, expectedOf(vector, `dLoss_zero_filter_${site}`), tolerances.printed, `dLoss at ${site}`);
    }
  });

  test('importance propagation', async () => {
    const vector = vectorOf('own10');
    const asked = { rule: 'absolute', start: 'prediction' } as const;
    for (const [layer, key] of [
      ['r1', 'R_r1'],
      ['input', 'R_input'],
    ] as const) {
      expectClose(await relevanceAt(vector, layer, asked), expectedOf(vector, key), tolerances.printed, key);
    }
    const { sum } = await sumsAt(vector, 'r1', asked);
    const mean = sum.map((value) => value / vector.labels!.length);
    expectClose(mean, expectedOf(vector, 'R_r1_mean'), tolerances.printed, 'mean');
  });

  test.each([
    ['own_lrp_epsilon_nobias', 'epsilon', { bias: 'none' }],
    ['own_lrp_zplus', 'zplus', {}],
    ['own_lrp_alpha2beta1', 'alphaBeta', {}],
    ['own_lrp_gamma0.25', 'gamma', {}],
    ['own_lrp_flat', 'flat', {}],
    ['own_lrp_zbox(-3,3)_all_layers', { rule: 'zBox', low: -3, high: 3 }, {}],
  ] as const)('%s', async (id, rule, convention) => {
    const vector = vectorOf(id);
    const relevance = await relevanceAt(vector, 'input', { rule, convention, start: 'prediction-logit' });
    expectClose(relevance, expectedOf(vector, 'R_input'), tolerances.printed, id);
    const rows = vector.labels!.map((_, s) => relevance.subarray(4 * s, 4 * s + 4).reduce((sum, r) => sum + r, 0));
    const largestTerm = Math.max(...relevance.map(Math.abs));
    const sums = { relative: 0, absolute: tolerances.printed.relative * 4 * largestTerm + tolerances.printed.absolute };
    expectClose(rows, expectedOf(vector, 'row_sums'), sums, `${id}: sums`);
  });
});

test('every vector about propagation is compared with', () => {
  expect(vectors.forgotten()).toEqual([]);
});
