import { describe, expect, test } from 'vitest';
import { type CriterionName, scores, weightScores } from '../../src/criteria/index.js';
import type { PropagationResult } from '../../src/engine/index.js';
import { referenceEngine } from '../../src/engine/reference/index.js';
import {
  chooseLayers,
  denseNetwork,
  initialize,
  type Layer,
  type LayerId,
  nodeOutput,
} from '../../src/network/index.js';
import { createRandom } from '../../src/util/random.js';
import { inDoubles } from '../support/doubles.js';
import { naivePass } from '../support/naive.js';
import { propagated, propagationJob } from '../support/propagate.js';
import { randomData, randomNetwork } from '../support/randomNetwork.js';
import { expectClose, largest, tolerances } from '../support/tolerance.js';

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** What each criterion says of all numbers `a` that a node puts out, over samples and positions. */
const equations: Partial<Record<CriterionName, (a: readonly number[]) => number>> = {
  'mean-activation': mean,
  'l2-activation': (a) => Math.hypot(...a),
  variance: (a) => mean(a.map((own) => (own - mean(a)) ** 2)),
  apoz: (a) => a.filter((own) => own === 0).length / a.length,
};

const count = 5;
const kinds = ['dense', 'conv2d', 'batchNorm', 'depthwiseConv2d'] as const;

describe.each(kinds)('a random network with %s', (kind) => {
  const network = randomNetwork(1300 + kinds.indexOf(kind), { include: [kind, 'activation'], extra: 1 });
  const data = inDoubles(randomData(network, 6, { count }));
  const labelled = { x: data.x, y: data.targets };
  const samples = Array.from({ length: count }, (_, sample) => naivePass(network, data, sample));
  const outputsOf = (site: LayerId, node: number): number[] => {
    const channels = network.layers[site]!.outputShape.at(-1)!;
    return samples.flatMap((values) => Array.from(values[site]!).filter((_, i) => i % channels === node));
  };

  test.each(Object.keys(equations) as CriterionName[])('%s follows its equation', async (criterion) => {
    const layers = chooseLayers(network);
    for (const at of ['output', 'pre'] as const) {
      const found = (await scores(network, labelled, { criterion, at, engine: 'reference' }).collect()).layers;
      for (const [i, layer] of layers.entries()) {
        const site = at === 'pre' ? layer : nodeOutput(network, layer);
        const expected = found[i]!.scores.map((_, node) => equations[criterion]!(outputsOf(site.id, node)));
        expectClose(found[i]!.scores, expected, tolerances.double, `${criterion} of ${layer.name} at ${at}`);
      }
    }
  });

  test('gradient, snip, taylor-weight and fisher are sums over the gradients of single samples', async () => {
    const layers = chooseLayers(network);
    using compiled = referenceEngine.compile(network);
    const job = { weightGradients: layers.map(({ id }) => id) };
    const size = data.x.length / count;
    const width = data.targets.length / count;
    const single: PropagationResult[] = [];
    for (let s = 0; s < count; s++) {
      const x = data.x.subarray(s * size, (s + 1) * size);
      const targets = data.targets.subarray(s * width, (s + 1) * width);
      single.push(await propagated(compiled, propagationJob(network, { ...data, x, targets, count: 1 }, job)));
    }
    const products: Partial<Record<CriterionName, (w: number, g: readonly number[]) => number>> = {
      gradient: (_w, g) => Math.abs(mean(g)),
      snip: (w, g) => Math.abs(w * mean(g)),
      'taylor-weight': (w, g) => (w * mean(g)) ** 2,
      fisher: (w, g) => mean(g.map((own) => (w * own) ** 2)),
    };
    for (const [criterion, product] of Object.entries(products)) {
      const options = { criterion: criterion as CriterionName, engine: 'reference', loss: data.head.loss } as const;
      const nodes = (await scores(network, labelled, options).collect()).layers;
      const { kernels } = criterion === 'gradient' ? { kernels: [] } : await weightScores(network, labelled, options);
      for (const [i, { weights }] of layers.entries() as IterableIterator<[number, Layer]>) {
        const ofWeights = Array.from(weights.kernel!.data, (w, k) =>
          product(
            w,
            single.map((result) => result.weights[i]!.gradients.kernel![k]!),
          ),
        );
        const own = nodes[i]!.scores;
        const ofNodes = own.map((_, node) =>
          ofWeights.reduce((sum, score, k) => (k % own.length === node ? sum + score : sum), 0),
        );
        const bound = { relative: 0, absolute: tolerances.double.absolute * (1 + largest(ofNodes)) };
        expectClose(own, ofNodes, bound, `${criterion} of nodes`);
        if (kernels[i]) expectClose(kernels[i].scores, ofWeights, bound, `${criterion} of weights`);
      }
    }
  });
});

test('apoz counts what relus put out as 0', async () => {
  const network = initialize(denseNetwork([6], [8, 5], 3), { seed: 7 });
  const random = createRandom(8);
  const x = Float64Array.from({ length: 6 * 20 }, () => random.normal());
  const { layers } = await scores(network, { x }, { criterion: 'apoz', engine: 'reference' }).collect();
  const samples = Array.from({ length: 20 }, (_, sample) => naivePass(network, { x, count: 20, scale: 1 }, sample));
  for (const { layer, scores: found } of layers) {
    const relu = network.layers.find(({ name }) => name === `${layer}/activation`)!;
    const expected = found.map((_, node) => samples.filter((values) => values[relu.id]![node] === 0).length / 20);
    expect(expected.some((share) => share > 0 && share < 1)).toBe(true);
    expectClose(found, expected, tolerances.double, layer);
  }
});
