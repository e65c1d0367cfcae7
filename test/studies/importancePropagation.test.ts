import { describe, expect, test } from 'vitest';
import { loadDataset } from '../../src/data/index.js';
import { evaluate } from '../../src/engine/index.js';
import { createNetwork, type Network } from '../../src/network/index.js';
import { runStudy } from '../../src/studies/index.js';
import { tensor } from '../../src/tensor/tensor.js';
import { trainNetwork } from '../../src/training/index.js';
import { createRandom } from '../../src/util/random.js';

type Matrix = readonly Float64Array[];
const matrix = (rows: number, columns: number, at: (row: number, column: number) => number): Matrix =>
  Array.from({ length: rows }, (_, row) => Float64Array.from({ length: columns }, (_, column) => at(row, column)));
const times = (a: Matrix, b: Matrix): Matrix =>
  matrix(a.length, b[0]!.length, (i, j) => b.reduce((sum, row, k) => sum + a[i]![k]! * row[j]!, 0));
const turned = (a: Matrix): Matrix => matrix(a[0]!.length, a.length, (i, j) => a[j]![i]!);
const each = (a: Matrix, f: (value: number, i: number, j: number) => number): Matrix =>
  a.map((row, i) => row.map((value, j) => f(value, i, j)));

/** R_l = |y_l| * ((R_(l+1) / (|y_l| @ |W_l|)) @ |W_l|^T). */
function handedDown(y: Matrix, w: Matrix, above: Matrix): Matrix {
  const weights = each(w, Math.abs);
  const denominators = times(each(y, Math.abs), weights);
  const shares = each(above, (value, i, j) => (denominators[i]![j] === 0 ? 0 : value / denominators[i]![j]!));
  const back = times(shares, turned(weights));
  return each(back, (value, i, j) => value * Math.abs(y[i]![j]!));
}

const meanRow = (a: Matrix): number[] =>
  Array.from(a[0]!, (_, j) => a.reduce((sum, row) => sum + row[j]!, 0) / a.length);

/** The linear network of the published variant, as it starts. */
function published(seed: number, widths: readonly number[]): Network {
  const random = createRandom(seed);
  const truncated = (): number => {
    const value = random.normal();
    return Math.abs(value) > 2 ? truncated() : value * 0.1;
  };
  const dense = widths.slice(1).map((units, i) => {
    const kernel = tensor([widths[i]!, units], Float32Array.from({ length: widths[i]! * units }, truncated));
    const last = i === widths.length - 2;
    const bias = last ? { bias: tensor([units], new Float32Array(units).fill(0.2)) } : {};
    const name = last ? 'output' : `dense_${i + 1}`;
    return { name, kind: 'dense' as const, config: { units }, weights: { kernel, ...bias } };
  });
  const input = { name: 'input', kind: 'input' as const, config: { shape: [8, 8, 1] } };
  return createNetwork({ layers: [input, { name: 'flatten', kind: 'flatten' }, ...dense], loss: 'crossentropy' });
}

const kernelsOf = ({ layers }: Network): Matrix[] =>
  layers.flatMap(({ weights: { kernel } }) => {
    if (kernel === undefined) return [];
    const [rows = 0, columns = 0] = kernel.shape;
    return [matrix(rows, columns, (i, j) => kernel.data[i * columns + j]!)];
  });

describe('the study of importance propagation', () => {
  test('keeps the nodes that the formula keeps, as published and corrected', async () => {
    const { trials, cells, files } = await runStudy('importance-propagation', {
      quick: true,
      asPublished: true,
      seed: 2,
    }).report();
    const [train, held] = [await loadDataset('digits'), await loadDataset('digits', { split: 'test' })];
    const every = (10_000 * 100) / train.count;
    const options = { epochs: 20, batch: 100, seed: 2, learningRate: 0.1 };
    const rates = { schedule: 'step', factor: 0.9, every } as const;
    const { network } = await trainNetwork(published(2, [64, 80, 80, 10]), train, { ...options, rates }).result();
    const [w1, w2, w3] = kernelsOf(network) as [Matrix, Matrix, Matrix];
    const x = matrix(train.count, 64, (i, j) => train.x[64 * i + j]! * train.scale);
    const z1 = times(x, w1);
    const z2 = times(z1, w2);
    const [y1, y2] = [z1, z2].map((z) => each(z, (value) => Math.max(0, value + 0.2))) as [Matrix, Matrix];
    const r2 = handedDown(
      y2,
      w3,
      matrix(train.count, 10, () => 0.1),
    );
    const r1 = handedDown(y1, w2, r2);
    const kept = [r1, r2].map((r) => {
      const scores = meanRow(r);
      const limit = 0.5 * (scores.reduce((sum, score) => sum + score, 0) / scores.length);
      return { kept: scores.filter((score) => score >= limit).length, of: 80 };
    });
    const [asPublished, corrected] = trials.map(
      ({ outcome }) => outcome as never as { hidden: object[]; before: number; inputs: number[] },
    );
    expect(asPublished).toMatchObject({ hidden: kept, dead: 0, before: (await evaluate(network, held)).accuracy });
    for (const { hidden } of [asPublished!, corrected!]) {
      for (const layer of hidden) {
        expect((layer as { sum: number }).sum).toBeCloseTo(1, 6);
        expect((layer as { mean: number }).mean).toBeCloseTo(1 / 80, 8);
      }
    }
    const r0 = handedDown(x, w1, r1);
    for (const [pixel, mean] of meanRow(r0).entries()) expect(asPublished!.inputs[pixel]).toBeCloseTo(mean, 7);
    expect(corrected!.inputs.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
    expect(files.map(({ name }) => name)).toEqual(['pixels.svg']);
    expect(cells).toEqual([]);
  });

  test('runs only the corrected network unless the published one is asked for', async () => {
    const { trials, tables } = await runStudy('importance-propagation', { quick: true, trials: 2 }).report();
    expect(trials.map(({ trial }) => (trial as { variant: string }).variant)).toEqual(['corrected', 'corrected']);
    expect(tables[0]?.rows).toHaveLength(2);
  });
});
