import { describe, expect, test } from 'vitest';
import { createNetwork, denseNetwork, initialize, presets } from '../../src/network/index.js';
import {
  conventions,
  layerRules,
  type PropagateOptions,
  type PropagationRunEvent,
  propagate,
} from '../../src/propagation/index.js';
import { tensor } from '../../src/tensor/tensor.js';
import type { SecateurError } from '../../src/util/errors.js';
import { createRandom } from '../../src/util/random.js';
import { expectClose, tolerances } from '../support/tolerance.js';

const engine = 'reference';
const network = initialize(denseNetwork([6], [5, 4], 3), { seed: 3 });
const random = createRandom(4);
const count = 70;
const data = {
  x: Float32Array.from({ length: 6 * count }, () => random.normal()),
  y: Int32Array.from({ length: count }, () => random.integer(2)),
};

async function eventsOf(options: PropagateOptions): Promise<PropagationRunEvent[]> {
  const events: PropagationRunEvent[] = [];
  for await (const event of propagate(network, data, { engine, ...options })) events.push(event);
  return events;
}

function refusal(options: object, of = network): Pick<SecateurError, 'code' | 'message' | 'hint'> {
  try {
    propagate(of, data, { engine, ...options } as PropagateOptions);
  } catch (error) {
    const { code, message, hint } = error as SecateurError;
    return { code, message, hint };
  }
  throw new Error('it was accepted');
}

describe('propagate(network, data)', () => {
  test('tells start, progress, layers from the output to the input, maps, done', async () => {
    const events = await eventsOf({ maps: ['input'] });
    const kinds = events.map(({ type }) => type).filter((type, i, all) => type !== all[i - 1]);
    const layers = ['relevance', 'layer', 'relevance', 'layer', 'relevance', 'layer'];
    expect(kinds).toEqual(['start', 'progress', ...layers, 'map', 'done']);
    const told = events.flatMap((event) => (event.type === 'relevance' ? [`${event.layer} ${event.node}`] : []));
    const expected = [
      ['output', 3],
      ['dense_2', 4],
      ['dense_1', 5],
    ] as const;
    expect(told).toEqual(expected.flatMap(([name, nodes]) => Array.from({ length: nodes }, (_, i) => `${name} ${i}`)));
    expect(events.at(-1)).toMatchObject({ type: 'done', nodes: 12 });
  });

  test('says the same of nodes where layers need not tell what they kept', async () => {
    const whole = await propagate(network, data, { engine }).collect();
    const { layers, conservation } = await propagate(network, data, { engine, conservation: false }).collect();
    expect(layers).toEqual(whole.layers);
    expect(conservation).toEqual([]);
  });

  test('says which rule every layer got, also those without weights', async () => {
    const [start] = await eventsOf({ composite: 'epsilon-gamma-box', start: 'label' });
    expect(start).toMatchObject({ type: 'start', schemaVersion: 1, samples: count, start: 'label', engine });
    const rules = start?.type === 'start' ? start.rules : [];
    expect(rules.find(({ layer }) => layer === 'dense_1')).toEqual({ layer: 'dense_1', rule: 'zBox' });
    expect(rules.find(({ layer }) => layer === 'dense_2/activation')).toEqual({
      layer: 'dense_2/activation',
      rule: 'epsilon',
    });
    expect(rules.map(({ layer }) => layer)).not.toContain('output/activation');
  });

  test('gives the importance of the thinning study', async () => {
    const { layers } = await propagate(network, data, { engine }).collect();
    const weights = ['dense_1', 'dense_2', 'output'].map((name) => {
      const { kernel, bias } = network.layers.find((layer) => layer.name === name)!.weights;
      return { kernel: kernel!.data, bias: bias!.data, units: bias!.data.length };
    });
    const sums = [new Float64Array(5), new Float64Array(4)];
    for (let sample = 0; sample < count; sample++) {
      const y = [[...data.x.subarray(6 * sample, 6 * sample + 6)]];
      for (const { kernel, bias, units } of weights.slice(0, 2)) {
        const before = y.at(-1)!;
        y.push(
          Array.from({ length: units }, (_, j) =>
            Math.max(
              0,
              before.reduce((z, value, i) => z + value * kernel[i * units + j]!, bias[j]!),
            ),
          ),
        );
      }
      let relevance = [1 / 3, 1 / 3, 1 / 3];
      for (const l of [2, 1]) {
        const { kernel, units } = weights[l]!;
        const contribution = (i: number, j: number) => Math.abs(y[l]![i]! * kernel[i * units + j]!);
        const share = relevance.map((r, j) => {
          const total = y[l]!.reduce((sum, _, i) => sum + contribution(i, j), 0);
          return total === 0 ? 0 : r / total;
        });
        relevance = y[l]!.map((_, i) => share.reduce((sum, part, j) => sum + part * contribution(i, j), 0));
        relevance.forEach((r, i) => {
          sums[l - 1]![i]! += r;
        });
      }
    }
    const found = (name: string) => layers.find(({ layer }) => layer === name)!.nodes.map(({ relevance }) => relevance);
    expectClose(
      found('dense_1'),
      sums[0]!.map((sum) => sum / count),
      tolerances.double,
      'dense_1',
    );
    expectClose(
      found('dense_2'),
      sums[1]!.map((sum) => sum / count),
      tolerances.double,
      'dense_2',
    );
  });

  test('says what each layer received and handed on, and how many denominators were dead', async () => {
    const zeros = { x: new Float32Array(12), y: Int32Array.of(0, 1) };
    const { conservation } = await propagate(network, zeros, { engine }).collect();
    // Biases are 0, so that nothing comes out of any layer: 2 samples with 3 scores lose all they had.
    expect(conservation[0]).toEqual({
      layer: 'output',
      rule: 'absolute',
      received: 1,
      handed: 0,
      dead: 6,
      conserves: true,
    });
    expect(conservation.slice(1).every(({ received, dead }) => received === 0 && dead === 0)).toBe(true);
  });

  test('reads nodes in front of or behind their activations', async () => {
    const told = async (at: 'pre' | 'output') =>
      (await propagate(network, data, { engine, at, rule: 'gradient', start: 'loss' }).collect()).layers.at(-1)!.nodes;
    const [pre, output] = [await told('pre'), await told('output')];
    expect(pre.map(({ square }) => square)).not.toEqual(output.map(({ square }) => square));
  });

  test('takes a run once', async () => {
    const run = propagate(network, data, { engine });
    await run.collect();
    await expect(run.collect()).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
  });

  test('ends with its signal', async () => {
    const run = propagate(network, data, { engine, signal: AbortSignal.abort() });
    await expect(run.collect()).rejects.toMatchObject({ code: 'ERR_ABORTED' });
  });

  test.each([
    [{ rule: 'beta' }, /^rule: expected one of absolute/],
    [{ rule: { rule: 'gamma', alpha: 1 } }, /^rule gamma: it has no option "alpha"/],
    [{ rule: { rule: 'gamma', gamma: -1 } }, /^gamma: expected a number of at least 0/],
    [{ rule: { rule: 'alphaBeta', alpha: 2, beta: 2 } }, /^alpha - beta: expected 1/],
    [{ rule: { rule: 'zBox', low: 1, high: 0 } }, /^high: expected a number of at least 1/],
    [{ rule: { rule: 'epsilon', epsilon: -1 } }, /^epsilon: expected a number of at least 0/],
    [{ rule: 3 }, /^rule: expected one of absolute/],
    [{ rule: 'identity' }, /^layer "dense_1": rule identity wants as many inputs as outputs/],
    [{ rule: 'zplus', composite: 'epsilon-plus' }, /^composite: expected a rule or a composite/],
    [{ composite: 'best' }, /^composite: expected one of epsilon-plus/],
    [
      { composite: { rows: [{ layers: { names: ['dense_9'] }, rule: 'flat' }], otherwise: 'epsilon' } },
      /^composite: expected names of layers but received "dense_9"/,
    ],
    [{ convention: 'keras' }, /^convention: expected one of zennit, captum, toy/],
    [{ convention: { eps: 1 } }, /^convention: it has no setting "eps"/],
    [{ convention: { bias: 'some' } }, /^convention.bias: expected one of/],
    [{ start: 'logit' }, /^start: expected one of loss/],
    [{ at: 'post' }, /^at: expected one of output, pre/],
    [{ times: 'two' }, /^times: expected one of one, activation/],
    [{ layers: ['relu'] }, /^layers: expected names of layers with nodes/],
    [{ layers: [] }, /^layers: expected names of layers with nodes/],
    [{ maps: ['heat'] }, /^maps: expected names of layers/],
  ])('refuses %j', (options, message) => {
    const { code, message: told } = refusal(options);
    expect(code).toBe('ERR_ARGUMENT');
    expect(told).toMatch(message);
  });

  test('refuses to start at the label of a sample that has none', () => {
    const regression = createNetwork({
      layers: [
        { name: 'input', kind: 'input', config: { shape: [6] } },
        { name: 'd', kind: 'dense', config: { units: 1 }, weights: { kernel: tensor([6, 1], new Float32Array(6)) } },
      ],
      loss: 'mse',
    });
    expect(refusal({ start: 'label' }, regression).message).toMatch(/wants labels of classes/);
  });
});

test('a batch normalisation is folded before relevance passes, borders of padding included', async () => {
  const draw = (...shape: number[]) =>
    tensor(
      shape,
      Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
    );
  const norm = { mean: draw(4), variance: tensor([4], Float64Array.of(0.5, 1, 2, 3)), gamma: draw(4), beta: draw(4) };
  const epsilon = 1e-3;
  const own = { kernel: draw(3, 3, 2, 4), bias: draw(4) };
  const scales = norm.gamma.data.map((gamma, c) => gamma / Math.sqrt(norm.variance.data[c]! + epsilon));
  const byHand = {
    kernel: tensor(
      own.kernel.shape,
      Float64Array.from(own.kernel.data, (w, i) => w * scales[i % 4]!),
    ),
    bias: tensor(
      [4],
      Float64Array.from(own.bias.data, (b, c) => (b - norm.mean.data[c]!) * scales[c]! + norm.beta.data[c]!),
    ),
  };
  const last = { kernel: draw(36, 3), bias: draw(3) };
  const networkOf = (isNormed: boolean) =>
    createNetwork({
      layers: [
        { name: 'input', kind: 'input', config: { shape: [3, 3, 2] } },
        {
          name: 'conv',
          kind: 'conv2d',
          config: { filters: 4, kernelSize: [3, 3], padding: 'same' },
          weights: isNormed ? own : byHand,
        },
        ...(isNormed ? [{ name: 'norm', kind: 'batchNorm', config: { epsilon }, weights: norm } as const] : []),
        { name: 'relu', kind: 'activation', config: { fn: 'relu' } },
        { name: 'flatten', kind: 'flatten' },
        { name: 'output', kind: 'dense', config: { units: 3 }, weights: last },
      ],
      loss: 'crossentropy',
    });
  const images = { x: Float64Array.from({ length: 18 * 5 }, () => random.normal()), y: Int32Array.of(0, 1, 2, 0, 1) };
  for (const rule of ['absolute', 'zplus', 'flat'] as const) {
    const options = { engine, rule, start: 'label', maps: ['input'] } as const;
    const folded = await propagate(networkOf(true), images, options).collect();
    const plain = await propagate(networkOf(false), images, options).collect();
    expect([folded.start.folded, plain.start.folded]).toEqual([['norm'], []]);
    expectClose(folded.maps.input!.values, plain.maps.input!.values, tolerances.double, rule);
  }
});

test('composites count layers with nodes from the input and from the end', async () => {
  const cnn = initialize(presets.cnn([8, 8, 1], 3), { seed: 5 });
  const rows = [
    { layers: { from: 0, to: 0 }, rule: 'flat' },
    { layers: { from: 1, to: -3 }, rule: { rule: 'gamma', gamma: 0.1 } },
    { layers: { kinds: ['dense'] }, rule: 'wSquare' },
  ] as const;
  const images = { x: new Float32Array(64), y: Int32Array.of(0) };
  const run = propagate(cnn, images, { engine, composite: { rows, otherwise: 'absolute' } });
  const { start } = await run.collect();
  const ruleOf = (name: string) => start.rules.find(({ layer }) => layer === name)?.rule;
  expect(['conv_1', 'conv_2', 'conv_4', 'dense', 'output', 'flatten'].map(ruleOf)).toEqual([
    'flat',
    'gamma',
    'gamma',
    'wSquare',
    'wSquare',
    'absolute',
  ]);
});

// Kohlbrenner et al. 2020, table 1 and section III; Montavon et al. 2019, section 10.3, for the box at the pixels.
test.each([
  ['epsilon-plus', ['zplus', 'zplus', 'epsilon', 'epsilon']],
  ['epsilon-plus-flat', ['flat', 'zplus', 'epsilon', 'epsilon']],
  ['epsilon-alpha2-beta1', ['alphaBeta', 'alphaBeta', 'epsilon', 'epsilon']],
  ['epsilon-alpha2-beta1-flat', ['flat', 'alphaBeta', 'epsilon', 'epsilon']],
  ['epsilon-gamma-box', ['zBox', 'gamma', 'epsilon', 'epsilon']],
] as const)('composite %s is the published one', (name, expected) => {
  const cnn = initialize(presets.cnn([8, 8, 1], 3), { seed: 5 });
  const rules = layerRules(cnn, name, conventions.zennit);
  const ruleOf = (layer: string) => rules.find((rule) => rule.layer.name === layer)?.name;
  expect(['conv_1', 'conv_2', 'dense', 'output'].map(ruleOf)).toEqual(expected);
});
