import { describe, expect, it } from 'vitest';
import { type AblationEvent, ablate, type NodeEvent } from '../../src/ablation/index.js';
import type { LabelledData } from '../../src/data/dataset.js';
import { createNetwork, type Network } from '../../src/network/index.js';
import { tensor } from '../../src/tensor/tensor.js';
import { createRandom } from '../../src/util/random.js';
import { tolerances } from '../support/tolerance.js';

/** A dense network 3-4-3-2 with sigmoids, so that act(0) is not 0, and its weights as plain matrices. */
const random = createRandom(0x5eca);
const matrix = (rows: number, columns: number): number[][] =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => Math.fround(random.normal())));
const weights = [matrix(3, 4), matrix(4, 3), matrix(3, 2)];
const biases = weights.map((w) => (w[0] ?? []).map(() => Math.fround(random.normal())));

const names = ['first', 'second', 'head'];
const denseLayers = weights.map((w, i) => ({
  name: names[i] ?? '',
  kind: 'dense' as const,
  config: { units: w[0]?.length ?? 0 },
  weights: {
    kernel: tensor([w.length, w[0]?.length ?? 0], Float32Array.from(w.flat())),
    bias: tensor([w[0]?.length ?? 0], Float32Array.from(biases[i] ?? [])),
  },
}));
const [first, second, head] = denseLayers as [
  (typeof denseLayers)[0],
  (typeof denseLayers)[0],
  (typeof denseLayers)[0],
];
const sigmoidAfter = (name: string) => ({
  name: `${name}/activation`,
  kind: 'activation' as const,
  config: { fn: 'sigmoid' as const },
});
const network: Network = createNetwork({
  layers: [
    { name: 'input', kind: 'input', config: { shape: [3] } },
    first,
    sigmoidAfter('first'),
    second,
    sigmoidAfter('second'),
    head,
    { name: 'probabilities', kind: 'activation', config: { fn: 'softmax' } },
  ],
});
const samples = 150;
const x = Float32Array.from({ length: samples * 3 }, () => random.normal());
const y = Int32Array.from({ length: samples }, () => random.integer(1));
const data: LabelledData = { x, y };

type Override = (layer: number, outputs: number[], where: 'before' | 'behind') => number[];
const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

/** The loss of one sample, written out with matrices; `change` may replace outputs before or behind the sigmoid. */
function lossOf(sample: number, change: Override): number {
  let values = [...x.subarray(sample * 3, sample * 3 + 3)];
  weights.forEach((w, layer) => {
    const z = (w[0] ?? []).map((_, j) => values.reduce((sum, v, i) => sum + v * w[i]![j]!, biases[layer]![j]!));
    const cut = change(layer, z, 'before');
    values = layer < 2 ? change(layer, cut.map(sigmoid), 'behind') : cut;
  });
  const [a = 0, b = 0] = values;
  const [right, wrong] = y[sample] === 0 ? [a, b] : [b, a];
  return Math.log1p(Math.exp(wrong - right));
}

const meanLoss = (change: Override): number => {
  let sum = 0;
  for (let sample = 0; sample < samples; sample++) sum += lossOf(sample, change);
  return sum / samples;
};
const intact: Override = (_layer, outputs) => outputs;
const replace =
  (layer: number, node: number, where: 'before' | 'behind', value: number): Override =>
  (at, outputs, place) =>
    at === layer && place === where ? outputs.map((v, i) => (i === node ? value : v)) : outputs;

const outputMean = (layer: number, node: number): number => {
  let sum = 0;
  for (let sample = 0; sample < samples; sample++) {
    lossOf(sample, (at, outputs, place) => {
      if (at === layer && place === 'behind') sum += outputs[node] ?? 0;
      return outputs;
    });
  }
  return sum / samples;
};

const nodesOf = async (run: AsyncIterable<AblationEvent>): Promise<NodeEvent[]> => {
  const nodes: NodeEvent[] = [];
  for await (const event of run) if (event.type === 'node') nodes.push(event);
  return nodes;
};

const { relative } = tolerances.ablatedLoss;

const cuts = {
  weights: (layer: number, node: number) => replace(layer, node, 'before', 0),
  zero: (layer: number, node: number) => replace(layer, node, 'behind', 0),
  mean: (layer: number, node: number) => replace(layer, node, 'behind', outputMean(layer, node)),
} as const;

describe.each(['reference', 'native'] as const)('ablate(network, data) on engine %s', (engine) => {
  it.each([
    'weights',
    'zero',
    'mean',
  ] as const)('measures each node with cut %s as matrices written out do', async (cut) => {
    const nodes = await nodesOf(ablate(network, data, { engine, cut }));
    expect(nodes.map(({ layer, node }) => `${layer} ${node}`)).toEqual([
      ...[0, 1, 2, 3].map((node) => `first ${node}`),
      ...[0, 1, 2].map((node) => `second ${node}`),
    ]);
    for (const { layer, node, loss, change } of nodes) {
      const expected = meanLoss(cuts[cut](names.indexOf(layer), node));
      expect(Math.abs(loss - expected)).toBeLessThan(relative * expected);
      expect(Math.abs(change - (meanLoss(intact) - expected))).toBeLessThan(2 * relative * expected);
    }
  });

  it('says baseline first, each layer behind its nodes, done last', async () => {
    const types: string[] = [];
    for await (const event of ablate(network, data, { engine })) if (event.type !== 'progress') types.push(event.type);
    expect(types).toEqual(['baseline', ...Array(4).fill('node'), 'layer', ...Array(3).fill('node'), 'layer', 'done']);
  });

  it('gives running estimates of every node when asked, and the same final numbers', async () => {
    const events: AblationEvent[] = [];
    for await (const event of ablate(network, data, { engine, partial: true })) events.push(event);
    const estimated = new Set(events.flatMap((e) => (e.type === 'partial' ? [`${e.layer} ${e.node}`] : [])));
    expect(estimated.size).toBe(7);
    const final = events.filter((event) => event.type === 'node');
    expect(final).toEqual(await nodesOf(ablate(network, data, { engine })));
  });

  it('ablates an output layer only when it is named', async () => {
    const nodes = await nodesOf(ablate(network, data, { engine, layers: ['head'], nodes: [1] }));
    expect(nodes).toHaveLength(1);
    const expected = meanLoss(replace(2, 1, 'before', 0));
    expect(Math.abs((nodes[0]?.loss ?? 0) - expected)).toBeLessThan(relative * expected);
  });

  it('collects a table whose indices are the classes of its nodes', async () => {
    const table = await ablate(network, data, { engine, toleranceLow: -0.01, toleranceHigh: 0.01 }).collect();
    expect(table.layers.map(({ layer }) => layer)).toEqual(['first', 'second']);
    for (const { nodes, indices } of table.layers) {
      for (const node of nodes) expect(indices[node.class]).toContain(node.node);
      expect(Object.values(indices).flat()).toHaveLength(nodes.length);
    }
    expect(table.baseline).toMatchObject({ samples, cut: 'weights', lossName: 'crossentropy', engine });
  });

  it('stops with ERR_ABORTED when its signal fires in the middle', async () => {
    const controller = new AbortController();
    const reading = (async () => {
      for await (const event of ablate(network, data, { engine, signal: controller.signal })) {
        if (event.type === 'baseline') controller.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'ERR_ABORTED' });
  });

  it('takes bytes with a scale as it takes the floats they stand for', async () => {
    const bytes = Uint8Array.from(x, (value) => Math.max(0, Math.min(255, Math.round(128 + 40 * value))));
    const asFloats = Float32Array.from(bytes, (value) => Math.fround(value * Math.fround(0.01)));
    const fromBytes = await nodesOf(ablate(network, { x: bytes, y, scale: Math.fround(0.01) }, { engine }));
    const fromFloats = await nodesOf(ablate(network, { x: asFloats, y }, { engine }));
    fromBytes.forEach((node, i) => {
      expect(Math.abs(node.loss - (fromFloats[i]?.loss ?? 0))).toBeLessThan(relative * node.loss);
    });
  });
});

describe('ablate(network, data) refuses', () => {
  const refusal = async (changes: Partial<LabelledData>, options = {}): Promise<unknown> => {
    try {
      await ablate(network, { ...data, ...changes }, options).collect();
    } catch (error) {
      return error;
    }
    return undefined;
  };
  const withValue = (value: number): Float32Array => {
    const broken = x.slice();
    broken[7] = value;
    return broken;
  };

  it.each([
    ['no samples', { x: new Float32Array(0), y: new Int32Array(0) }, 'ERR_DATA', /no samples/],
    ['part of a sample', { x: x.slice(1) }, 'ERR_SHAPE', /449 numbers are no whole samples of \[3\]/],
    ['a NaN', { x: withValue(Number.NaN) }, 'ERR_DATA', /sample 2 holds NaN at position 1/],
    ['an infinity', { x: withValue(Number.NEGATIVE_INFINITY) }, 'ERR_DATA', /-Infinity/],
    ['a label out of range', { y: y.map((v, i) => (i === 9 ? 2 : v)) }, 'ERR_DATA', /label 2 of sample 9/],
    ['a negative label', { y: y.map((v, i) => (i === 9 ? -1 : v)) }, 'ERR_DATA', /label -1/],
    ['too few labels', { y: y.slice(1) }, 'ERR_DATA', /expected 150 labels/],
    ['a plain array for x', { x: [1, 2, 3] as unknown as Float32Array }, 'ERR_ARGUMENT', /an array of 3/],
    ['text for y', { y: 'no' as unknown as Int32Array }, 'ERR_ARGUMENT', /"no"/],
    ['a scale that is no number', { scale: Number.NaN }, 'ERR_ARGUMENT', /scale/],
  ])('%s', async (_name, changes, code, message) => {
    expect(await refusal(changes)).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it.each([
    ['a layer that is not there', { layers: ['third'] }, /names of layers with nodes.*"third"/],
    ['no layer at all', { layers: [] }, /an array of 0/],
    ['a node out of range', { nodes: [3] }, /layer "second", 0 to 2 .*3/],
    ['an unknown cut', { cut: 'half' }, /one of weights, zero, mean/],
    ['tolerances upside down', { toleranceLow: 1, toleranceHigh: 0 }, /at least 1/],
    ['no threads', { threads: 0 }, /threads/],
    ['a loss that does not fit', { loss: 'binary-crossentropy' }, /sigmoid/],
  ])('%s', async (_name, options, message) => {
    expect(await refusal({}, options)).toMatchObject({ code: 'ERR_ARGUMENT', message: expect.stringMatching(message) });
  });

  it('a run that was aborted before it began', async () => {
    expect(await refusal({}, { signal: AbortSignal.abort() })).toMatchObject({ code: 'ERR_ABORTED' });
  });
});

describe('a model that takes images channels first', () => {
  const twoChannels = (inputLayout: 'nchw' | 'nhwc'): Network =>
    createNetwork({
      inputLayout,
      loss: 'mse',
      layers: [
        { name: 'image', kind: 'input', config: { shape: [2, 3, 2] } },
        {
          name: 'mix',
          kind: 'conv2d',
          config: { filters: 2, kernelSize: [1, 1] },
          weights: { kernel: tensor([1, 1, 2, 2], Float32Array.of(1, -2, 3, 0.5)) },
        },
      ],
    });
  const image = Float32Array.from({ length: 12 }, () => random.normal());
  const target = Float32Array.from({ length: 12 }, () => random.normal());
  const channelsFirst = (values: Float32Array): Float32Array =>
    Float32Array.from(values, (_, i) => values[(i % 6) * 2 + Math.floor(i / 6)] ?? Number.NaN);

  it('takes samples and targets in its own layout', async () => {
    const options = { engine: 'reference', layers: ['mix'] } as const;
    const last = await nodesOf(ablate(twoChannels('nhwc'), { x: image, y: target }, options));
    const first = { x: channelsFirst(image), y: channelsFirst(target) };
    expect(await nodesOf(ablate(twoChannels('nchw'), first, options))).toEqual(last);
  });

  it('takes data that say how they lie as they say', async () => {
    const options = { engine: 'reference', layers: ['mix'] } as const;
    const last = await nodesOf(ablate(twoChannels('nhwc'), { x: image, y: target }, options));
    const asTheyAre = { x: image, y: target, layout: 'nhwc' } as const;
    expect(await nodesOf(ablate(twoChannels('nchw'), asTheyAre, options))).toEqual(last);
    const turned = { x: channelsFirst(image), y: channelsFirst(target), layout: 'nchw' } as const;
    expect(await nodesOf(ablate(twoChannels('nhwc'), turned, options))).toEqual(last);
  });
});

describe('targets', () => {
  it('may be one-hot rows', async () => {
    const oneHot = Float32Array.from({ length: samples * 2 }, (_, i) => (y[i >> 1] === i % 2 ? 1 : 0));
    const plain = await nodesOf(ablate(network, data, { engine: 'reference' }));
    const rows = await nodesOf(ablate(network, { x, y: oneHot }, { engine: 'reference', loss: 'crossentropy' }));
    expect(rows).toEqual(plain);
  });
});
