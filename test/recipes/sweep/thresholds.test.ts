import { expect, test } from 'vitest';
import { evaluate } from '../../../src/engine/index.js';
import { averagePrecision } from '../../../src/metrics/index.js';
import { createNetwork, denseNetwork, initialize, type LayerSpec } from '../../../src/network/index.js';
import { cutoffsOf, type ThresholdSweepOptions, thresholdSweep } from '../../../src/recipes/index.js';
import { tensor } from '../../../src/tensor/tensor.js';
import { createRandom } from '../../../src/util/random.js';

const engine = { engine: 'reference' } as const;
const random = createRandom(1);
const x = Float32Array.from({ length: 30 * 3 }, () => random.normal());

/** Two weights of each size, so that every threshold takes two. */
const kernel = tensor([3, 2], Float32Array.from([1, -1, 2, -2, 4, -4]));
const hidden: LayerSpec[] = [
  { name: 'in', kind: 'input', config: { shape: [3] } },
  { name: 'hidden', kind: 'dense', config: { units: 2 }, weights: { kernel, bias: tensor([2], new Float32Array(2)) } },
  { name: 'relu', kind: 'activation', config: { fn: 'relu' } },
];
const ends = { kernel: tensor([2, 1], Float32Array.from([1, -1])), bias: tensor([1], Float32Array.from([0.1])) };
const binary = createNetwork({
  layers: [
    ...hidden,
    { name: 'out', kind: 'dense', config: { units: 1 }, weights: ends },
    { name: 'yes', kind: 'activation', config: { fn: 'sigmoid' } },
  ],
});
const y = Float32Array.from({ length: 30 }, (_, i) => Number(x[3 * i]! + 2 * x[3 * i + 1]! + 4 * x[3 * i + 2]! > 0.5));
const run = (options: ThresholdSweepOptions = {}) => thresholdSweep(binary, { x, y }, { ...engine, ...options });

test('cuts what is below each threshold, as zeroing it by hand does', async () => {
  const { points, weights } = await run({ thresholds: 5 }).collect();
  expect(weights).toBe(6);
  expect(points.map(({ threshold, zeros }) => [threshold, zeros])).toEqual([
    [0, 0],
    [1, 0],
    [2, 2],
    [3, 4],
    [4, 4],
  ]);
  for (const { threshold, loss, accuracy, averagePrecision: found } of points) {
    const left = (row: number, node: number): number => {
      const weight = kernel.data[2 * row + node]!;
      return Math.abs(weight) < threshold ? 0 : weight;
    };
    const labels = Array.from(y, (_, i) => {
      const nodes = [0, 1].map((node) =>
        Math.max(
          0,
          [0, 1, 2].reduce((sum, row) => sum + x[3 * i + row]! * left(row, node), 0),
        ),
      );
      return Number(nodes[0]! - nodes[1]! + 0.1 > 0);
    });
    expect(accuracy).toBeCloseTo(labels.filter((label, i) => label === y[i]).length / 30, 12);
    expect(found).toBe(averagePrecision(labels, y));
    if (threshold === 0) expect(loss).toBe((await evaluate(binary, { x, y }, engine)).loss);
  }
});

test('takes thresholds as they are, and tells average precision of one output alone', async () => {
  const { points } = await run({ thresholds: [0, 2.5, 9] }).collect();
  expect(points.map(({ zeros }) => zeros)).toEqual([0, 4, 6]);
  const classes = initialize(denseNetwork([3], [4], 2), { seed: 1 });
  const table = await thresholdSweep(classes, { x, y: Int32Array.from(y) }, { thresholds: 3, ...engine }).collect();
  expect(table.points.map((point) => point.averagePrecision)).toEqual([null, null, null]);
});

test('reads a cutoff by counting and by the first fall, which differ where a curve recovers', () => {
  const isGood = (value: number): boolean => value > 0.9;
  expect(cutoffsOf([1, 0.5, 1, 0.4, 0.3], isGood)).toEqual({ counted: 1, firstFall: 0.5 });
  expect(cutoffsOf([1, 0.95], isGood)).toEqual({ counted: null, firstFall: null });
});

test.each([
  [{ thresholds: 1 }, 'at least 2'],
  [{ thresholds: 0.5 }, 'a positive integer'],
  [{ thresholds: [] }, 'numbers from 0 on, ascending'],
  [{ thresholds: [1, 0.5] }, 'numbers from 0 on, ascending but received 0.5'],
  [{ thresholds: [-1] }, 'numbers from 0 on'],
  [{ thresholds: [Number.NaN] }, 'a finite number'],
  [{ layers: ['x'] }, 'names of layers'],
] as [ThresholdSweepOptions, string][])('%j is refused before any work', (options, part) => {
  expect(() => run(options)).toThrow(part);
});
