import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadDataset, loadModel, readNpz, scores, weightScores, writeFileAtomic, writeNpz } from '../../src/index.js';
import { cli, temporaryFolder } from '../support/cli.js';
import { writeFixtures } from './fixtures.js';

const folder = temporaryFolder();
let paths: Awaited<ReturnType<typeof writeFixtures>>;
beforeAll(async () => {
  paths = await writeFixtures(folder);
});

const score = (...flags: string[]) => cli(['score', paths.iris, ...flags]);

describe('secateur score', () => {
  test('--ndjson streams start, scores and done, as scores() does', async () => {
    const { code, stdout } = await score('--criterion', 'ablation', '--dataset', 'iris', '--ndjson');
    expect(code).toBe(0);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events[0]).toMatchObject({
      type: 'start',
      schemaVersion: 1,
      criterion: 'ablation',
      keep: 'high',
      samples: 120,
    });
    const { layers } = await scores(await loadModel(paths.iris), await loadDataset('iris'), {
      criterion: 'ablation',
    }).collect();
    const own = events.filter(({ type }) => type === 'score');
    expect(own).toEqual(
      layers[0]?.scores.map((value, node) => ({ type: 'score', layer: 'dense_1', node, score: value })),
    );
    expect(events.at(-1)).toMatchObject({ type: 'done', nodes: 5 });
  });

  test('criteria of the weights need no samples', async () => {
    const { code, stdout } = await score('--criterion', 'l1', '--csv');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^layer,node,score\ndense_1,0,\d/);
    expect(stdout.trimEnd().split('\n')).toHaveLength(6);
  });

  test('prints a line a layer with the nodes that go first', async () => {
    const { stdout } = await score('--criterion', 'group-l2', '--reduce', 'sum', '--normalize', 'max');
    expect(stdout).toMatch(/^Nodes of .*model.json\ngroup-l2: high scores are worth keeping; from the weights alone\n/);
    expect(stdout).toMatch(/\ndense_1 +5 .* 1 +\d \(0\.\d+\), /);
  });

  test('--json is the table of scores()', async () => {
    const flags = ['--criterion', 'ablation', '--cut', 'mean', '--normalize', 'l2', '--engine', 'reference'];
    const table = JSON.parse((await score(...flags, '--dataset', 'iris', '--json')).stdout);
    expect(table).toMatchObject({ schemaVersion: 1, criterion: 'ablation', normalize: 'l2', engine: 'reference' });
    const options = { criterion: 'ablation', cut: 'mean', normalize: 'l2', engine: 'reference' } as const;
    const { layers } = await scores(await loadModel(paths.iris), await loadDataset('iris'), options).collect();
    expect(table.layers).toEqual(layers);
  });

  test('relevance comes with what layers kept, and with a notice of what was lost', async () => {
    const flags = ['--criterion', 'importance', '--dataset', 'iris', '--limit', '20'];
    const { conservation } = JSON.parse((await score(...flags, '--json')).stdout);
    expect(conservation).toEqual([
      {
        layer: 'output',
        rule: 'absolute',
        received: expect.closeTo(1, 6),
        handed: expect.closeTo(1, 5),
        dead: 0,
        conserves: true,
      },
    ]);
    const dark = join(folder, 'dark.npz');
    const x = { type: 'float32', shape: [2, 4], data: new Float32Array(8) } as const;
    const y = { type: 'int32', shape: [2], data: Int32Array.of(0, 1) } as const;
    await writeFileAtomic(
      dark,
      writeNpz([
        ['x', x],
        ['y', y],
      ]),
    );
    const { stdout, stderr } = await score('--criterion', 'importance', '--data', dark);
    expect(stdout).toMatch(/\nrelevance through .*\n.*\noutput +absolute, conserves +\S+ +0 +6\n/);
    expect(stderr).toMatch(/^notice: layer "output": 6 denominators were 0/m);
  });

  test('estimates come with their intervals', async () => {
    const shapley = (...flags: string[]) =>
      score('--criterion', 'shapley', '--dataset', 'iris', '--limit', '20', '--permutations', '3', ...flags);
    const [header, ...lines] = (await shapley('--csv')).stdout.trimEnd().split('\n');
    expect(header).toBe('layer,node,score,standardError,low,high');
    for (const line of lines) {
      const [, , own, error, low, high] = line.split(',').map(Number);
      expect(Math.min(own! - low!, high! - own!)).toBeGreaterThanOrEqual(error!);
    }
    expect((await shapley()).stdout).toMatch(/\ndense_1 +5 .* \d \(\S+ \u00b1 \S+\), /);
  });

  test('--seed draws random scores', async () => {
    const draw = async (seed: string) => (await score('--criterion', 'random', '--csv', '--seed', seed)).stdout;
    expect(await draw('1')).toBe(await draw('1'));
    expect(await draw('1')).not.toBe(await draw('2'));
  });

  test.each([
    ['lrp', { rule: 'epsilon', convention: 'toy', start: 'prediction-logit', at: 'pre' }],
    ['shapley', { permutations: 3, truncation: 0.1, seed: 5, cut: 'mean' }],
    ['taylor', { at: 'pre' }],
    ['importance', { start: 'label' }],
  ] as const)('%s takes its options as flags', async (criterion, options) => {
    const data = await loadDataset('iris', { limit: 30, ...('seed' in options ? { seed: options.seed } : {}) });
    const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const args = ['--criterion', criterion, '--dataset', 'iris', '--limit', '30', '--engine', 'reference', '--json'];
    const shown = JSON.parse((await score(...args, ...flags)).stdout);
    const network = await loadModel(paths.iris);
    const { layers } = await scores(network, data, { criterion, engine: 'reference', ...options }).collect();
    expect(shown.layers).toEqual(layers);
  });

  test('--weights writes an array for each kernel and says what it wrote', async () => {
    const out = join(folder, 'weights.npz');
    const { code, stdout } = await score('--criterion', 'magnitude', '--weights', '--out', out, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      criterion: 'magnitude',
      file: out,
      arrays: [{ name: 'dense_1/kernel', shape: [4, 5] }],
    });
    const arrays = readNpz(readFileSync(out));
    const { kernels } = await weightScores(await loadModel(paths.iris), null, { criterion: 'magnitude' });
    expect(arrays.get('dense_1/kernel')).toEqual({ type: 'float64', shape: [4, 5], data: kernels[0]?.scores });
    expect((await score('--criterion', 'magnitude', '--weights', '--out', out)).stdout).toMatch(
      /\ndense_1\/kernel +4 x 5 /,
    );
  });

  test('refuses what does not fit together, and leaves no file behind', async () => {
    const said = async (...flags: string[]) => {
      const { code, stdout, stderr } = await score(...flags);
      expect([code, stdout]).toEqual([2, '']);
      return stderr;
    };
    const out = join(folder, 'none.npz');
    expect(await said('--criterion', 'magnitude', '--weights')).toMatch(/where do the scores go.*\n.*--out FILE.npz/);
    expect(await said('--criterion', 'magnitude', '--weights', '--normalize', 'sum', '--out', out)).toMatch(
      /for nodes/,
    );
    expect(await said('--criterion', 'magnitude', '--out', out)).toMatch(/scores no nodes/);
    expect(await said('--criterion', 'ablation', '--out', out)).toMatch(/needs labelled samples/);
    expect(await said('--criterion', 'l1', '--cut', 'mean', '--out', out)).toMatch(/does not follow option cut/);
    expect(await said('--out', out)).toMatch(/--criterion/);
    expect(existsSync(out)).toBe(false);
  });
});
