import { expect, test } from 'vitest';
import { splitSamples } from '../../src/data/index.js';

const samples = {
  x: Float64Array.from({ length: 20 }, (_, i) => i),
  y: Int32Array.from({ length: 10 }, (_, i) => i),
  count: 10,
  title: 'ten',
};

test('splitSamples sets a share apart, each sample in one part, in their order, drawn by the seed', () => {
  const { kept, apart } = splitSamples(samples, { share: 0.3, seed: 1 });
  expect([kept.count, apart.count, kept.title]).toEqual([7, 3, 'ten']);
  expect([...kept.y, ...apart.y].sort()).toEqual([...samples.y]);
  for (const { x, y } of [kept, apart]) {
    expect([...y]).toEqual([...y].sort());
    expect([...x]).toEqual([...y].flatMap((i) => [2 * i, 2 * i + 1]));
  }
  expect(splitSamples(samples, { share: 0.3, seed: 1 })).toEqual({ kept, apart });
  expect(splitSamples(samples, { share: 0.3, seed: 2 }).apart.y).not.toEqual(apart.y);
});

test('splitSamples leaves at least one sample in each part', () => {
  for (const [share, count] of [
    [0.01, 1],
    [0.99, 9],
  ] as const) {
    expect(splitSamples(samples, { share }).apart.count).toBe(count);
  }
  const one = { x: new Float32Array(2), y: new Int32Array(1), count: 1 };
  expect(() => splitSamples(one, { share: 0.5 })).toThrow(/at least two samples/);
  for (const share of [0, 1, Number.NaN]) expect(() => splitSamples(samples, { share })).toThrow(/a share above 0/);
});
