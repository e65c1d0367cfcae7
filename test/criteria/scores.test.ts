import { describe, expect, test } from 'vitest';
import { ablate } from '../../src/ablation/index.js';
import {
  type CriterionName,
  normalizations,
  type ScoreOptions,
  type ScoringEvent,
  scores,
  tabulateScores,
  weightScores,
} from '../../src/criteria/index.js';
import { loadDataset } from '../../src/data/index.js';
import { createNetwork, denseNetwork, initialize, type Network } from '../../src/network/index.js';
import { tensor } from '../../src/tensor/tensor.js';
import { expectClose, tolerances } from '../support/tolerance.js';

const network = initialize(denseNetwork([4], [6, 5], 3), { seed: 3 });
const iris = await loadDataset('iris');

async function read(options: ScoreOptions, data: typeof iris | null = null): Promise<ScoringEvent[]> {
  const events: ScoringEvent[] = [];
  for await (const event of scores(network, data, options)) events.push(event);
  return events;
}

const refused = (options: object, data: object | null = null, of: Network = network): string => {
  try {
    scores(of, data as typeof iris, options as ScoreOptions);
  } catch (error) {
    const { code, message, hint } = error as { code: string; message: string; hint?: string };
    return `${code} ${message} (${hint})`;
  }
  return 'taken';
};

describe('scores', () => {
  test('by relevance tell behind all nodes what each layer kept that was passed, and what was lost', async () => {
    for (const engine of ['native', 'reference'] as const) {
      const dark = { ...iris, x: new Float32Array(iris.x.length) };
      const events = await read({ criterion: 'importance', engine }, dark);
      const kinds = events.map(({ type }) => type).filter((type) => type !== 'progress');
      expect(kinds).toEqual(['start', ...Array(11).fill('score'), 'layer', 'layer', 'layer', 'done']);
      // Biases are 0, so that nothing comes out of any layer: all that starts at the 3 scores is lost there.
      const { conservation } = await scores(network, dark, { criterion: 'importance', engine }).collect();
      expect(conservation).toEqual([
        {
          layer: 'output',
          rule: 'absolute',
          received: expect.closeTo(1, 6),
          handed: 0,
          dead: 3 * iris.count,
          conserves: true,
        },
        { layer: 'dense_2/activation', rule: 'absolute', received: 0, handed: 0, dead: 0, conserves: true },
        { layer: 'dense_2', rule: 'absolute', received: 0, handed: 0, dead: 0, conserves: true },
      ]);
    }
    expect(await scores(network, iris, { criterion: 'taylor' }).collect()).not.toHaveProperty('conservation');
  });

  test('tells the start, every node of layer after layer, and the end', async () => {
    const events = await read({ criterion: 'l1' });
    const nodes = [...Array(6).keys()].map((node) => ['dense_1', node]);
    nodes.push(...[...Array(5).keys()].map((node) => ['dense_2', node]));
    expect(events.map(({ type }) => type)).toEqual(['start', ...Array(11).fill('score'), 'done']);
    expect(events[0]).toMatchObject({ schemaVersion: 1, criterion: 'l1', keep: 'high', samples: null, engine: null });
    expect(events.flatMap((event) => (event.type === 'score' ? [[event.layer, event.node]] : []))).toEqual(nodes);
    expect(events.at(-1)).toMatchObject({ nodes: 11 });
  });

  test('a table is the same run as one document; a run is read once', async () => {
    const run = scores(network, iris, { criterion: 'ablation' });
    const table = await run.collect();
    expect(table).toMatchObject({ samples: 120, lossName: 'crossentropy', signed: true });
    expect(table.layers.map(({ layer, scores: own }) => [layer, own.length])).toEqual([
      ['dense_1', 6],
      ['dense_2', 5],
    ]);
    await expect(tabulateScores(run)).rejects.toThrow('read before');
  });

  test('ablation, ablation-accuracy and ablation-flips are what ablate() says', async () => {
    for (const cut of ['weights', 'mean'] as const) {
      const { baseline, layers } = await ablate(network, iris, { cut }).collect();
      const change = await scores(network, iris, { criterion: 'ablation', cut }).collect();
      const accuracy = await scores(network, iris, { criterion: 'ablation-accuracy', cut }).collect();
      const flips = await scores(network, iris, { criterion: 'ablation-flips', cut }).collect();
      for (const [i, { nodes }] of layers.entries()) {
        expect(change.layers[i]?.scores).toEqual(nodes.map((node) => 0 - node.change));
        expect(accuracy.layers[i]?.scores).toEqual(nodes.map((node) => baseline.accuracy! - node.accuracy!));
        expect(flips.layers[i]?.scores).toEqual(nodes.map((node) => node.flips));
      }
    }
  });

  test('takes layers by name, the output layer too', async () => {
    const { layers } = await scores(network, null, { criterion: 'l2', layers: ['output'] }).collect();
    expect(layers.map(({ layer, scores: own }) => [layer, own.length])).toEqual([['output', 3]]);
  });

  test.each(normalizations)('normalize %s divides each layer by one number', async (normalize) => {
    const plain = (await scores(network, iris, { criterion: 'ablation' }).collect()).layers;
    const { layers } = await scores(network, iris, { criterion: 'ablation', normalize }).collect();
    const size = (f: (score: number) => number) => plain.map(({ scores: own }) => own.reduce((a, s) => a + f(s), 0));
    const divisors = {
      none: plain.map(() => 1),
      sum: size((score) => score),
      'abs-sum': size(Math.abs),
      l2: size((score) => score ** 2).map(Math.sqrt),
      max: plain.map(({ scores: own }) => Math.max(...own.map(Math.abs))),
      mean: size((score) => score).map((sum, i) => sum / plain[i]!.scores.length),
    }[normalize];
    for (const [i, { scores: own }] of layers.entries()) {
      expectClose(
        own,
        plain[i]!.scores.map((score) => score / divisors[i]!),
        tolerances.double,
      );
    }
  });

  test('a layer of zeros stays one', async () => {
    const zeros = createNetwork({
      layers: [
        { name: 'in', kind: 'input', config: { shape: [2] } },
        { name: 'a', kind: 'dense', config: { units: 3 }, weights: { kernel: tensor([2, 3], new Float32Array(6)) } },
        { name: 'b', kind: 'dense', config: { units: 2 }, weights: { kernel: tensor([3, 2], new Float32Array(6)) } },
      ],
    });
    const { layers } = await scores(zeros, null, { criterion: 'l1', normalize: 'sum' }).collect();
    expect(layers[0]?.scores).toEqual([0, 0, 0]);
    const lamp = await scores(zeros, null, { criterion: 'lamp' }).collect();
    expect(lamp.layers[0]?.scores).toEqual([0, 0, 0]);
  });

  test('refuses what it cannot do before any work, and says what can be done', () => {
    expect(refused({ criterion: 'l3' })).toMatch(
      /^ERR_ARGUMENT criterion: "l3" scores no nodes \(criteria for nodes: l1,/,
    );
    expect(refused({ criterion: 'magnitude' })).toMatch(/scores no nodes/);
    expect(refused({ criterion: 'ablation' })).toMatch(/needs labelled samples/);
    expect(refused({ criterion: 'ablation' }, { x: iris.x })).toMatch(/needs labelled samples/);
    expect(refused({ criterion: 'l1', reduce: 'sum' })).toMatch(/does not follow option reduce \(it has no options/);
    expect(refused({ criterion: 'ablation', reduce: 'sum' }, iris)).toMatch(/option reduce \(its own options: cut\)/);
    expect(refused({ criterion: 'group-l1', reduce: 'median' })).toMatch(/one of mean, sum/);
    expect(refused({ criterion: 'l1', normalize: 'softly' })).toMatch(/normalize: expected one of none/);
    expect(refused({ criterion: 'l1', layers: ['nowhere'] })).toMatch(/layers with nodes: dense_1, dense_2, output/);
    expect(refused({ criterion: 'bn-scale' })).toMatch(/nothing to say about layer "dense_1", "dense_2"/);
    expect(refused({ criterion: 'l1' })).toBe('taken');
  });

  test.each([
    'ablation-accuracy',
    'ablation-flips',
  ] as const)('%s is nothing for the mean squared error', async (criterion) => {
    const targets = { ...iris, y: new Float32Array(3 * 120) };
    await expect(scores(network, targets, { criterion, loss: 'mse' }).collect()).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
    });
  });

  test('stops when its signal is aborted', async () => {
    const options = { criterion: 'l1', signal: AbortSignal.abort() } as const;
    await expect(scores(network, null, options).collect()).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    await expect(weightScores(network, null, { ...options, criterion: 'magnitude' })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
    });
  });

  test('leaves layers out that a criterion says nothing about, and tells it', async () => {
    const some = initialize(
      {
        layers: [
          { name: 'in', kind: 'input', config: { shape: [4] } },
          { name: 'a', kind: 'dense', config: { units: 3 } },
          { name: 'norm', kind: 'batchNorm' },
          { name: 'b', kind: 'dense', config: { units: 3 } },
          { name: 'c', kind: 'dense', config: { units: 2 } },
        ],
      },
      { seed: 1 },
    );
    const table = await scores(some, null, { criterion: 'bn-scale' as CriterionName }).collect();
    expect(table.layers).toEqual([{ layer: 'a', scores: [1, 1, 1] }]);
    expect(table.notice).toBe('criterion bn-scale has nothing to say about layer "b"');
    expect(refused({ criterion: 'bn-scale', layers: ['b'] }, null, some)).toMatch(/nothing to say about layer "b"/);
  });
});
