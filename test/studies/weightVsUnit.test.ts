import { describe, expect, test } from 'vitest';
import { loadDataset } from '../../src/data/index.js';
import { evaluate } from '../../src/engine/index.js';
import { createNetwork, denseNetwork, initialize, type Network } from '../../src/network/index.js';
import { runStudy, studies, studyDocument } from '../../src/studies/index.js';
import { tensor } from '../../src/tensor/tensor.js';
import { trainNetwork } from '../../src/training/index.js';

const sparsities = [0, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99];

/** A network from kernels alone: relu between them, logits at the end. */
function networkOf(kernels: readonly Float32Array[], widths: readonly number[]): Network {
  const hidden = kernels.flatMap((data, i) => {
    const kernel = tensor([widths[i] ?? 0, widths[i + 1] ?? 0], data);
    const dense = { name: `d${i}`, kind: 'dense' as const, config: { units: widths[i + 1] ?? 0 }, weights: { kernel } };
    const relu = { name: `r${i}`, kind: 'activation' as const, config: { fn: 'relu' as const } };
    return i < kernels.length - 1 ? [dense, relu] : [dense];
  });
  const input = { name: 'x', kind: 'input' as const, config: { shape: [8, 8, 1] } };
  return createNetwork({ layers: [input, { name: 'f', kind: 'flatten' }, ...hidden], loss: 'crossentropy' });
}

/** Zeros of the `count` smallest: by value, then by index. */
function smallest(values: readonly number[], count: number): Set<number> {
  const order = values.map((value, i) => [value, i] as const).sort(([a, i], [b, j]) => a - b || i - j);
  return new Set(order.slice(0, count).map(([, i]) => i));
}

const weightsPruned = (kernel: Float32Array, share: number): Float32Array => {
  const gone = smallest(Array.from(kernel, Math.abs), Math.floor(share * kernel.length));
  return kernel.map((value, i) => (gone.has(i) ? 0 : value));
};

const unitsPruned = (kernel: Float32Array, units: number, share: number): Float32Array => {
  const norms = Array.from({ length: units }, (_, unit) => Math.hypot(...kernel.filter((_, i) => i % units === unit)));
  const gone = smallest(norms, Math.floor(share * units));
  return kernel.map((value, i) => (gone.has(i % units) ? 0 : value));
};

describe('the study of weight pruning against unit pruning', () => {
  test('has the curves of a network that is trained and pruned by hand', async () => {
    const report = await runStudy('weight-vs-unit', { quick: true, seed: 3 }).report();
    const { trials, files, notes, cells } = report;
    const widths = [64, 100, 100, 50, 20, 10];
    const [train, test] = [await loadDataset('digits'), await loadDataset('digits', { split: 'test' })];
    const spec = denseNetwork([8, 8, 1], widths.slice(1, -1), 10);
    const start = initialize({ ...spec, layers: spec.layers.slice(0, -1) }, { seed: 3 });
    const kernelsOf = ({ layers }: Network): Float32Array[] =>
      layers.flatMap(({ weights }) => (weights.kernel ? [weights.kernel.data as Float32Array] : []));
    const { network } = await trainNetwork(networkOf(kernelsOf(start), widths), train, {
      seed: 3,
      epochs: 15,
    }).result();
    const kernels = kernelsOf(network);
    const accuracy = async (prune: (kernel: Float32Array, i: number) => Float32Array): Promise<number | null> => {
      const pruned = kernels.map((kernel, i) => (i < kernels.length - 1 ? prune(kernel, i) : kernel));
      return (await evaluate(networkOf(pruned, widths), test)).accuracy;
    };
    const expected = { weight: [] as (number | null)[], unit: [] as (number | null)[] };
    for (const share of sparsities) {
      expected.weight.push(await accuracy((kernel) => weightsPruned(kernel, share)));
      expected.unit.push(await accuracy((kernel, i) => unitsPruned(kernel, widths[i + 1] ?? 0, share)));
    }
    expect(trials[0]?.outcome).toMatchObject(expected);
    expect(files.map(({ name }) => name)).toEqual(['accuracy-sparsity.svg', 'images.svg']);
    const { pictures } = trials[0]!.outcome as { pictures: { label: number; values: number[] }[] };
    for (const { label, values } of pictures) {
      const places = [...train.y.keys()].filter((i) => train.y[i] === label);
      const same = (i: number): boolean => values.every((value, pixel) => value === train.x[64 * i + pixel]);
      expect(places.some(same)).toBe(true);
    }
    expect(pictures.map(({ label }) => label)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(notes).toHaveLength(2);
    expect(cells).toEqual([]);
    expect(studyDocument(report).facts).toContainEqual(['published numbers', 'not comparable']);
  });

  test('compares running means with the printed ones, and tells the last epoch alone', async () => {
    const study = studies['weight-vs-unit'];
    const settings = { trials: 1, quick: false, asPublished: true, seed: 0, options: {} };
    const [trial] = study.trials(settings);
    const epoch = (accuracy: number) => ({ loss: 1 - accuracy, accuracy, testLoss: 0.1, testAccuracy: accuracy });
    const epochs = [0.9, 0.96, 0.97, 0.98, 0.975].map(epoch);
    const outcome = { epochs, weight: sparsities.map(() => 0.97), unit: sparsities.map((share) => 0.97 - share / 50) };
    const { cells, tables, notes } = await study.publish([{ trial: trial ?? null, outcome }], settings);
    const testAccuracy = cells.filter(({ column }) => column === 'testAccuracy');
    expect(testAccuracy.map(({ ours }) => ours)[1]).toBeCloseTo(0.93, 12);
    // 5 x 0.97004005 - 4 x 0.96932503 = 0.97290013, what epoch 5 alone must have had.
    expect(testAccuracy.at(-1)).toMatchObject({ row: 'intact', ours: 0.975, verdict: 'inside' });
    expect(testAccuracy.at(-1)?.published).toBeCloseTo(0.97290013, 8);
    expect(tables[0]?.headers.slice(5)).toEqual(
      ['loss', 'accuracy', 'testLoss', 'testAccuracy'].map((name) => `running ${name}`),
    );
    expect(notes).toEqual([
      'seed 0: up to 60 % both curves stay within one point of the intact accuracy (1.20 are lost at most): does not hold',
      'seed 0: from 80 % on weight pruning is at least as good as unit pruning: holds',
    ]);
    const steady = { epochs, weight: sparsities.map(() => 0.97), unit: sparsities.map(() => 0.97) };
    const both = [outcome, steady].map((own) => ({ trial: trial ?? null, outcome: own }));
    expect((await study.publish(both, settings)).notes[0]).toBe(
      'mean of 2 networks: up to 60 % both curves stay within one point of the intact accuracy (0.60 are lost at most): holds',
    );
  });
});
