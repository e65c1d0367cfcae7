import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/engine/index.js';
import {
  channelGroups,
  createNetwork,
  denseNetwork,
  initialize,
  type LayerSpec,
  layerAt,
  type Network,
  nodeCount,
  summarize,
} from '../../../src/network/index.js';
import { createPlan, maskNetwork, shrinkNetwork } from '../../../src/pruning/index.js';
import { type SearchOptions, search } from '../../../src/recipes/index.js';
import { savedBy } from '../../../src/recipes/search/saved.js';
import { tensor } from '../../../src/tensor/tensor.js';
import { createRandom } from '../../../src/util/random.js';
import { judges } from '../../support/engines.js';
import { randomNetwork } from '../../support/randomNetwork.js';
import { expectClose, tolerances } from '../../support/tolerance.js';

const engine = { engine: 'reference' } as const;
const random = createRandom(1);
const drawn = (count: number) => ({
  x: Float32Array.from({ length: count * 5 }, () => random.normal()),
  y: Int32Array.from({ length: count }, () => random.integer(2)),
});
const network = initialize(denseNetwork([5], [8, 6], 3), { seed: 2 });
const data = drawn(60);
const run = (options: SearchOptions) => search(network, data, { ...engine, ...options });

/** All ways to choose from a list. */
function* subsets<T>(of: readonly T[]): Generator<T[]> {
  for (let bits = 0; bits < 2 ** of.length; bits++) yield of.filter((_, i) => (bits >> i) & 1);
}

describe('a search against every allocation there is', () => {
  /**
   * Two layers side by side; node i of either is moved by input i alone, and every sample moves one input. Without nodes
   * the output is off by what they brought to their own samples, so that losses add up and the best choice is known.
   */
  const effects = { a: [5, 27, 3, 14].map((n) => n / 16), b: [18, 2, 13, 21].map((n) => n / 16) };
  const inputs = 8;
  const side = (name: 'a' | 'b', first: number): LayerSpec[] => {
    const kernel = new Float32Array(inputs * 4);
    for (let node = 0; node < 4; node++) kernel[(first + node) * 4 + node] = 1;
    const weights = { kernel: tensor([inputs, 4], kernel), bias: tensor([4], new Float32Array(4)) };
    return [
      { name, kind: 'dense', inputs: ['in'], config: { units: 4 }, weights },
      { name: `${name}+`, kind: 'activation', inputs: [name], config: { fn: 'relu' } },
    ];
  };
  const out = tensor([8, 1], Float32Array.from([...effects.a, ...effects.b]));
  const layers: LayerSpec[] = [
    { name: 'in', kind: 'input', config: { shape: [inputs] } },
    ...side('a', 0),
    ...side('b', 4),
    { name: 'both', kind: 'concat', inputs: ['a+', 'b+'] },
    {
      name: 'out',
      kind: 'dense',
      config: { units: 1 },
      weights: { kernel: out, bias: tensor([1], new Float32Array(1)) },
    },
  ];
  const additive = createNetwork({ layers, loss: 'mse' });
  const x = Float32Array.from({ length: inputs * inputs }, (_, i) => (i % (inputs + 1) === 0 ? 1 : 0));
  const samples = { x, y: Float32Array.from([...effects.a, ...effects.b]) };

  test('is the best allocation at every size where losses add up', async () => {
    const { points, front, chosen } = await search(additive, samples, {
      budgetParameters: 21,
      step: 0,
      ...engine,
    }).collect();
    const all = [...effects.a, ...effects.b];
    for (const { removed, loss } of points) {
      const best = [...subsets(all)]
        .filter(({ length }) => length === removed)
        .map((gone) => gone.reduce((sum, effect) => sum + effect ** 2, 0) / inputs);
      expect(loss).toBe(Math.min(...best));
    }
    expect(points.map(({ removed }) => removed)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(front).toEqual(points.map(({ round }) => round));
    expect(chosen.round).toBe(6);
  });

  test('never claims a loss that no allocation of its size has, and begins with the best group for its price', async () => {
    const goals = { budgetParameters: 16, step: 0 } as const;
    for (let seed = 1; seed <= 2; seed++) {
      const small = initialize(denseNetwork([5], [4, 3], 3), { seed });
      const { points, loss: intact } = await search(small, data, { ...goals, ...engine }).collect();
      const nodes = [...[0, 1, 2, 3].map((node) => ['dense_1', node]), ...[0, 1, 2].map((node) => ['dense_2', node])];
      const allocations: { loss: number; parameters: number; removed: number }[] = [];
      for (const gone of subsets(nodes)) {
        const of = (layer: string) => gone.flatMap(([name, node]) => (name === layer ? [node as number] : []));
        if (of('dense_1').length === 4 || of('dense_2').length === 3) continue;
        const plan = createPlan(small, { dense_1: of('dense_1'), dense_2: of('dense_2') });
        const left = shrinkNetwork(small, plan).network;
        const { loss } = await evaluate(left, data, engine);
        allocations.push({ loss, parameters: summarize(left).parameters, removed: gone.length });
      }
      for (const point of points) {
        const best = Math.min(
          ...allocations.filter(({ parameters }) => parameters <= point.parameters).map(({ loss }) => loss),
        );
        expect(point.loss).toBeGreaterThanOrEqual(best);
        expect(allocations.map(({ loss }) => loss)).toContain(point.loss);
      }
      const whole = summarize(small).parameters;
      const prices = allocations
        .filter(({ removed }) => removed === 1)
        .map(({ loss, parameters, ...rest }) => {
          const [hurts, saved] = [loss - intact, whole - parameters];
          return { loss, parameters, ...rest, price: hurts > 0 ? hurts / saved : hurts * saved };
        })
        .sort((a, b) => a.price - b.price);
      expect(points[1]).toMatchObject({ loss: prices[0]!.loss, parameters: prices[0]!.parameters });
    }
  });
});

test('savedBy tells what a network shrinks by, exactly, for groups of every kind', () => {
  for (let seed = 1; seed <= 6; seed++) {
    const drawn = randomNetwork(seed, { include: seed % 2 ? ['add', 'depthwiseConv2d'] : ['concat', 'batchNorm'] });
    const whole = summarize(drawn);
    const saved = savedBy(drawn);
    for (const group of channelGroups(drawn).all.filter(({ stays }) => stays === null)) {
      const member = group.members.find(({ layer }) => nodeCount(layerAt(drawn, layer)) > 0);
      if (member === undefined) continue;
      const plan = createPlan(drawn, { [layerAt(drawn, member.layer).name]: member.channels }, { cut: 'zero' });
      const { network: left, kept } = shrinkNetwork(drawn, plan);
      if (kept.length > 0 || left.layers.length !== drawn.layers.length) continue;
      const { parameters, macs } = summarize(left);
      const found = saved(group);
      expect(Math.round(found.parameters)).toBe(whole.parameters - parameters);
      expectClose([found.macs], [whole.macs - macs], tolerances.double, `seed ${seed}`);
    }
  }
});

describe('search', () => {
  test('tells the intact network, then each round with what it is without, then what was chosen', async () => {
    const told: string[] = [];
    const shares: number[] = [];
    for await (const event of run({ budgetMacs: 0.5, step: 0.2 })) {
      if (event.type !== 'progress') told.push(event.type === 'point' ? `point ${event.round}` : event.type);
      else shares.push(event.done / event.of, event.eta >= 0 ? 1 : Number.NaN);
    }
    expect(told.slice(0, 3)).toEqual(['baseline', 'point 0', 'point 1']);
    const done = shares.filter((_, i) => i % 2 === 0);
    expect([done, done.at(-1)]).toEqual([done.toSorted((a, b) => a - b), 1]);
    expect(shares).not.toContain(Number.NaN);
    expect(told.slice(-2)).toEqual(['chosen', 'done']);
    const table = await run({ budgetMacs: 0.5, step: 0.2 }).collect();
    expect(table).toMatchObject({ what: 'nodes', cut: 'weights', goal: { cost: 'macs', budget: 53, drop: null } });
    expect(table.points[0]).toMatchObject({ amount: 0, removed: 0, loss: table.loss, accuracy: table.accuracy });
  });

  test.each([
    'weights',
    'zero',
    'mean',
  ] as const)('points are measured as the plan leaves them, cut at %s', async (cut) => {
    const { points, chosen } = await run({ budgetParameters: 0.4, cut }).collect();
    const last = points.at(-1)!;
    const shrunk = shrinkNetwork(network, chosen.plan).network;
    const { loss, accuracy } = await evaluate(shrunk, data, engine);
    expect(last).toMatchObject({ loss, accuracy, parameters: summarize(shrunk).parameters });
    const masked = await evaluate(maskNetwork(network, chosen.plan), data, engine);
    expectClose([loss], [masked.loss], tolerances.storedCut, 'masked');
    expect(chosen.certificate).toMatchObject({ holds: true, after: { loss } });
    expect(chosen.plan).toMatchObject({ cut, made: { criterion: 'ablation', budgetParameters: 0.4 } });
    const gone = chosen.plan.nodes.map(({ layer, nodes }) => ({ layer, removed: nodes.length }));
    expect(last.layers.filter(({ removed }) => removed > 0)).toMatchObject(gone);
    expect(last.amount).toBe(last.removed / 14);
  });

  test.each([
    ['budgetParameters', 'parameters', 60],
    ['budgetParameters', 'parameters', 0.5],
    ['budgetMacs', 'macs', 40],
  ] as const)('%s: %s come to %d, and not one group too far', async (name, cost, budget) => {
    const { points, chosen } = await run({ [name]: budget, step: 0 }).collect();
    const limit = budget < 1 ? budget * points[0]![cost] : budget;
    expect(points.map((point) => point[cost] <= limit)).toEqual([...points.slice(1).map(() => false), true]);
    expect(chosen).toMatchObject({ reached: true, round: points.length - 1 });
  });

  test('budgetMs measures every round, and says what cannot be reached', async () => {
    const { points } = await run({ budgetMs: 1000 }).collect();
    expect(points).toMatchObject([{ milliseconds: expect.any(Number), removed: 0 }]);
    await expect(run({ budgetMs: 1e-9 }).collect()).rejects.toThrow('budgetMs: expected at least');
  });

  test('takes layers that hang together together, and says of which nothing can go', async () => {
    const dense = (name: string, from: string, units: number) =>
      ({ name, kind: 'dense', inputs: [from], config: { units } }) as const;
    const layers: LayerSpec[] = [
      { name: 'in', kind: 'input', config: { shape: [5] } },
      dense('d', 'in', 5),
      { name: 'on', kind: 'add', inputs: ['in', 'd'] },
      dense('a', 'on', 6),
      dense('b', 'on', 6),
      { name: 'sum', kind: 'add', inputs: ['a', 'b'] },
      { name: 'act', kind: 'activation', config: { fn: 'relu' } },
      dense('out', 'act', 3),
    ];
    const tied = initialize({ layers, loss: 'crossentropy' }, { seed: 3 });
    const { refused, points } = await search(tied, data, { budgetMacs: 0.7, step: 0, ...engine }).collect();
    expect(refused).toEqual([{ layer: 'd', reason: 'it is part of the input' }]);
    for (const { layers: shares } of points) {
      const [d, a, b] = ['d', 'a', 'b'].map((name) => shares.find(({ layer }) => layer === name)!.removed);
      expect([d, a]).toEqual([0, b]);
    }
    expect(points.length).toBeGreaterThan(2);
  });

  test('respects layers and minimum', async () => {
    const { points } = await run({ budgetMacs: 70, layers: ['dense_1'], minimum: 3 }).collect();
    expect(points.at(-1)!.layers).toMatchObject([{ layer: 'dense_1' }]);
    await expect(run({ budgetMacs: 10, layers: ['dense_1'], minimum: 3 }).collect()).rejects.toThrow(
      `budgetMacs: expected at least ${5 * 3 + 3 * 6 + 18}, the least that can be left but received 10`,
    );
  });

  test('with a floor the last round that held is chosen, and certified on the samples set apart', async () => {
    const validation = drawn(400);
    const { points, tests, chosen, front } = await run({ drop: 0.15, validation, confidence: 0.9 }).collect();
    expect(tests.map(({ round }) => round)).toEqual(front.filter((round) => round > 0).slice(0, tests.length));
    expect(tests.slice(0, -1).every(({ holds }) => holds)).toBe(true);
    const held = tests.filter(({ holds }) => holds);
    expect(held.length).toBeGreaterThan(0);
    expect(chosen.round).toBe(held.at(-1)!.round);
    const { before, after } = chosen.certificate;
    expect(held.at(-1)!.drop).toBeCloseTo(before.accuracy! - after.accuracy!, 12);
    expect(before.accuracy).toBe((await evaluate(network, validation, engine)).accuracy);
    for (const { bound, holds, lost, gained, samples, drop } of tests) {
      expect([holds, samples, drop]).toEqual([bound <= 0.15, 400, (lost - gained) / 400]);
    }
    // Without a budget the search ends where its own samples are below the floor.
    const under = points.map(({ accuracy }) => accuracy! < points[0]!.accuracy! - 0.15);
    expect(under.slice(0, -1)).not.toContain(true);
  });

  test('where no round holds the intact network is chosen; a floor above the budget is told', async () => {
    const few = drawn(4);
    const none = await run({ drop: 0.01, validation: few }).collect();
    expect(none.chosen).toMatchObject({ round: 0, reached: true, plan: { nodes: [] } });
    const both = await run({ drop: 0.01, validation: few, budgetMacs: 0.5 }).collect();
    expect(both.chosen).toMatchObject({ round: 0, reached: false });
  });

  test.each([
    [{}, 'one of budgetParameters, budgetMacs, budgetMs, or drop but received "none of them"'],
    [{ budgetMacs: 1, budgetMs: 1 }, '"budgetMacs and budgetMs"'],
    [{ budgetMacs: 1.5 }, 'a share from 0 to below 1, or a whole number'],
    [{ budgetParameters: -1 }, 'a share from 0'],
    [{ budgetMs: 0 }, 'milliseconds, above 0'],
    [{ drop: 0.1 }, 'drop and validation samples, or neither'],
    [{ budgetMacs: 0.5, validation: data }, 'drop and validation samples, or neither'],
    [{ drop: 1, validation: data }, 'drop: expected a number from 0 to below 1'],
    [{ drop: 0.1, validation: data, confidence: 1 }, 'confidence: expected a number from 0.5'],
    [{ budgetMacs: 0.5, confidence: 0.9 }, 'no floor is held'],
    [{ budgetMacs: 0.5, cost: 'macs' }, 'budgetMacs says what is saved'],
    [{ drop: 0.1, validation: data, cost: 'time' }, 'one of parameters, macs'],
    [{ budgetMacs: 0.5, step: 1 }, 'step: expected a share from 0'],
    [{ budgetMacs: 0.5, minimum: 0 }, 'minimum: expected a positive integer'],
    [{ budgetMacs: 0.5, layers: ['x'] }, 'names of layers'],
    [{ budgetMacs: 0.5, cut: 'half' }, 'one of weights, zero, mean'],
  ] as [SearchOptions, string][])('%j is refused before any work', (options, part) => {
    expect(() => run(options)).toThrow(part);
  });

  test('a floor needs answers that are right or wrong', () => {
    const two = initialize(denseNetwork([5], [4], 2), { seed: 1 }) as Network;
    const y = Float32Array.from({ length: 20 }, () => random.normal());
    const validation = { x: data.x.subarray(0, 50), y };
    expect(() => search(two, validation, { drop: 0.1, validation, loss: 'mse' })).toThrow('is not right or wrong');
  });

  test('can be aborted, and read once', async () => {
    const aborted = run({ budgetMacs: 0.5, signal: AbortSignal.abort() });
    await expect(aborted.collect()).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    const short = run({ budgetMacs: 0.9 });
    await short.collect();
    await expect(short.collect()).rejects.toThrow('read before');
  });
});

test.each(judges)('a search by the engine $engine.name has the same bits with 1, 2 and 3 threads', async ({
  engine: own,
}) => {
  const tables = [1, 2, 3].map((threads) =>
    search(network, data, { budgetMacs: 0.3, engine: own.name, threads }).collect(),
  );
  const [one, ...others] = (await Promise.all(tables)).map(({ seconds: _seconds, ...rest }) => rest);
  for (const other of others) expect(other).toEqual(one);
});
