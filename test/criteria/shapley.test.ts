import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ablateGroups } from '../../src/ablation/index.js';
import { type ScoreOptions, scores } from '../../src/criteria/index.js';
import { denseNetwork, initialize } from '../../src/network/index.js';
import { createRandom } from '../../src/util/random.js';
import { judges } from '../support/engines.js';
import { mlpOf } from '../support/pruningModels.js';
import { expectClose, tolerances } from '../support/tolerance.js';

const { mlp } = JSON.parse(readFileSync(new URL('../fixtures/pruning-vectors.json', import.meta.url), 'utf8'));
const mlpData = { x: Float64Array.from(mlp.x.flat()), y: Int32Array.from(mlp.labels) };

const network = initialize(denseNetwork([3], [4, 3], 3), { seed: 21 });
const random = createRandom(2);
const data = {
  x: Float32Array.from({ length: 80 * 3 }, () => random.normal()),
  y: Int32Array.from({ length: 80 }, () => random.integer(2)),
};
const names = [
  ...[0, 1, 2, 3].map((node) => ['dense_1', node] as const),
  ...[0, 1, 2].map((node) => ['dense_2', node] as const),
];

async function values(options: Partial<ScoreOptions> = {}) {
  const { layers } = await scores(network, data, { criterion: 'shapley', engine: 'reference', ...options }).collect();
  return {
    scores: layers.flatMap((layer) => layer.scores),
    errors: layers.flatMap((layer) => layer.standardErrors ?? []),
    intervals: layers.flatMap((layer) => layer.intervals ?? []),
  };
}

/** Mean loss without the nodes of a set of players. */
async function lossOf(removed: readonly number[], cut: 'weights' | 'zero' | 'mean' = 'weights'): Promise<number> {
  const group = removed.map((player) => ({ layer: names[player]![0], nodes: [names[player]![1]] }));
  const { groups } = await ablateGroups(network, data, [group], { engine: 'reference', cut }).collect();
  return groups[0]!.loss;
}

const all = [0, 1, 2, 3, 4, 5, 6];

describe('shapley', () => {
  test('of few nodes is exact: that of the vectors', async () => {
    const options = { criterion: 'shapley', cut: 'zero', engine: 'reference' } as const;
    const { layers } = await scores(mlpOf(mlp.layers), mlpData, options).collect();
    expectClose(layers[0]?.scores ?? [], mlp.shapley, tolerances.vectors);
    expect(layers[0]?.standardErrors).toEqual([0, 0, 0, 0, 0]);
    expect(layers[0]?.intervals).toEqual(layers[0]?.scores.map((score) => [score, score]));
  });

  test.each([
    'weights',
    'zero',
    'mean',
  ] as const)('adds up to what all nodes are worth together, cut at %s', async (cut) => {
    for (const more of [{}, { permutations: 3 }, { permutations: 3, truncation: 0.5 }]) {
      const { scores: own } = await values({ cut, ...more });
      const worth = (await lossOf(all, cut)) - (await lossOf([], cut));
      expectClose([own.reduce((a, b) => a + b, 0)], [worth], tolerances.double, JSON.stringify(more));
    }
  });

  test('sampled, is the mean over the orders that its seed draws', async () => {
    // Few enough orders that 2^7 sets are more: sampled. NumPy's legacy permutations by the same seed.
    const generator = createRandom(4);
    const sums = all.map(() => [] as number[]);
    for (let draw = 0; draw < 3; draw++) {
      const order = [...all];
      for (let i = order.length - 1; i > 0; i--) {
        const j = generator.integer(i);
        [order[i], order[j]] = [order[j]!, order[i]!];
      }
      let before = await lossOf([]);
      for (const [k, player] of order.entries()) {
        const after = await lossOf(order.slice(0, k + 1));
        sums[player]!.push(after - before);
        before = after;
      }
    }
    const means = sums.map((own) => own.reduce((a, b) => a + b, 0) / 3);
    const errors = sums.map((own, i) => Math.sqrt(own.reduce((a, b) => a + (b - means[i]!) ** 2, 0) / 2 / 3));
    const found = await values({ permutations: 3, seed: 4 });
    expectClose(found.scores, means, tolerances.double);
    expectClose(found.errors, errors, tolerances.double);
    // Student's distribution with 2 degrees of freedom has a closed form: t = a sqrt(2 / (1 - a^2)) holds the part a.
    const reach = 0.95 * Math.sqrt(2 / (1 - 0.95 ** 2));
    const ends = means.flatMap((mean, i) => [mean - reach * errors[i]!, mean + reach * errors[i]!]);
    expectClose(found.intervals.flat(), ends, tolerances.double);
  });

  test('intervals hold the exact values about as often as they say', async () => {
    const exact = (await values()).scores;
    let held = 0;
    const runs = 10;
    for (let seed = 0; seed < runs; seed++) {
      const { intervals } = await values({ permutations: 18, seed });
      held += intervals.filter(([low, high], i) => low <= exact[i]! && exact[i]! <= high).length;
    }
    // Seeds are fixed, so that this passes always or never; intervals of one standard error would hold two thirds.
    expect(held).toBeGreaterThanOrEqual(0.8 * runs * all.length);
    expect(held).toBeLessThan(runs * all.length);
  });

  test('a scale that turns the order round leaves low below high', async () => {
    const plain = await values({ permutations: 3, cut: 'zero' });
    const scaled = await values({ permutations: 3, cut: 'zero', normalize: 'sum' });
    for (const [low, high] of scaled.intervals) expect(low).toBeLessThanOrEqual(high);
    const widths = (own: typeof plain) => own.intervals.map(([low, high]) => high - low);
    const sums = [plain.scores.slice(0, 4), plain.scores.slice(4)].map((own) => own.reduce((a, b) => a + b, 0));
    const divisors = all.map((player) => Math.abs(sums[player < 4 ? 0 : 1]!));
    expectClose(
      widths(scaled),
      widths(plain).map((width, i) => width / divisors[i]!),
      tolerances.double,
    );
  });

  test('sampled, comes nearer to the exact value as its error says', async () => {
    const exact = await values();
    expect(exact.errors).toEqual(all.map(() => 0));
    const sampled = await values({ permutations: 18, seed: 1 });
    for (const [i, score] of sampled.scores.entries()) {
      // Five standard errors: one in a million, were they normal.
      expect(Math.abs(score - exact.scores[i]!)).toBeLessThanOrEqual(5 * sampled.errors[i]!);
    }
  });

  test('truncation of 0 never ends an order early; a large one gives equal shares to what is left', async () => {
    const whole = await values({ permutations: 3, truncation: 0 });
    const tight = await values({ permutations: 3, truncation: 1e-12 });
    expectClose(tight.scores, whole.scores, tolerances.double);
    const early = await values({ permutations: 3, truncation: 1 });
    expect(early.scores).not.toEqual(whole.scores);
  });

  test.each(judges)('the $engine.name engine gives the same values', async ({ engine, loss }) => {
    const [found, expected] = [await values({ engine: engine.name }), await values()];
    const scale = Math.abs(await lossOf(all)) + Math.abs(await lossOf([]));
    const absolute = (loss.absolute + loss.relative * scale) * 2;
    expectClose(found.scores, expected.scores, { relative: 0, absolute });
  });

  test('refuses orders and truncations that are none', () => {
    const refuse = (options: object) => () => scores(network, data, { criterion: 'shapley', ...options });
    expect(refuse({ permutations: 1 })).toThrow(/permutations: expected an integer of at least 2/);
    expect(refuse({ truncation: 2 })).toThrow(/truncation: expected a number from 0 to 1/);
  });
});
