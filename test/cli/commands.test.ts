import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type AblationTable, ablate, type BaselineEvent, loadDataset, loadModel } from '../../src/index.js';
import { cli, temporaryFolder } from '../support/cli.js';
import { expectClose, slack, tolerances } from '../support/tolerance.js';
import { writeFixtures } from './fixtures.js';

const folder = temporaryFolder();
let paths: Awaited<ReturnType<typeof writeFixtures>>;
beforeAll(async () => {
  paths = await writeFixtures(folder);
});

const lines = (text: string): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

const ablateIris = (...flags: string[]) => cli(['ablate', paths.iris, '--dataset', 'iris', ...flags]);

describe('secateur ablate --pairs', () => {
  const pairs = (...flags: string[]) => ablateIris('--pairs', '--layers', 'dense_1', '--limit', '30', ...flags);

  test('--ndjson tells the baseline, single nodes, pairs with their interaction, and done', async () => {
    const events = lines((await pairs('--nodes', '0-2', '--ndjson')).stdout) as Record<string, unknown>[];
    const told = events.filter(({ type }) => type !== 'progress');
    expect(told.map(({ type }) => type)).toEqual([
      'baseline',
      'single',
      'single',
      'single',
      'pair',
      'pair',
      'pair',
      'done',
    ]);
    expect(told[4]).toMatchObject({ layer: 'dense_1', nodes: [0, 1], interaction: expect.any(Number) });
  });

  test('--json is what ablatePairs() collects, --csv has a line a node and a pair', async () => {
    const { layer, nodes, pairs: rows } = JSON.parse((await pairs('--json')).stdout);
    expect([layer, nodes.length, rows.length]).toEqual(['dense_1', 5, 10]);
    const csv = (await pairs('--csv')).stdout.trimEnd().split('\n');
    expect([csv[0], csv.length]).toEqual(['node,other,loss,change,accuracy,interaction,flips', 1 + 5 + 10]);
  });

  test('prints the pairs that interact most, and how many there are', async () => {
    const { code, stdout } = await pairs();
    expect(code).toBe(0);
    expect(stdout).toContain('interaction');
    expect(stdout).toMatch(/^10 pairs of 5 nodes in /m);
  });

  test('wants the name of one layer, and no flags that single nodes have', async () => {
    expect((await ablateIris('--pairs')).stderr).toContain('--layers NAME');
    expect((await ablateIris('--pairs', '--layers', 'dense_1', '--partial')).code).toBe(2);
  });
});

describe('secateur inspect', () => {
  test('prints a table with the totals', async () => {
    const { code, stdout } = await cli(['inspect', paths.digits]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^dense_1 +dense +6 +390 +384 +6$/m);
    expect(stdout).toMatch(/^all +468 +448$/m);
  });

  test('--json is one document of layers, parameters and MACs', async () => {
    const { stdout } = await cli(['inspect', paths.iris, '--json']);
    const { layers, parameters, macs } = JSON.parse(stdout);
    expect({ parameters, macs }).toEqual({ parameters: 4 * 5 + 5 + 5 * 3 + 3, macs: 4 * 5 + 5 * 3 });
    expect(layers[1]).toEqual({ name: 'dense_1', kind: 'dense', outputShape: [5], parameters: 25, macs: 20, nodes: 5 });
  });

  test('--csv has a line a layer, --ndjson one event', async () => {
    expect((await cli(['inspect', paths.digits, '--csv'])).stdout).toMatch(/^input,input,8x8x1,0,0,0$/m);
    const [event, ...others] = lines((await cli(['inspect', paths.digits, '--ndjson'])).stdout);
    expect(event).toMatchObject({ type: 'inspect', schemaVersion: 1, parameters: 468 });
    expect(others).toEqual([]);
  });
});

describe('secateur doctor', () => {
  test('names the engine, the backends and the data folders', async () => {
    const { code, stdout } = await cli(['doctor']);
    expect(code).toBe(0);
    for (const what of ['native engine', '@tensorflow/tfjs-node', 'onnxruntime-node', 'SECATEUR_DATA']) {
      expect(stdout).toContain(what);
    }
    expect(stdout).toContain(`Node.js ${process.versions.node}`);
  });

  test('--json says for everything that is not usable what to do', async () => {
    const { engine, backends } = JSON.parse((await cli(['doctor', '--json'])).stdout);
    expect(engine.threads).toBeGreaterThan(0);
    for (const { usable, advice } of backends) expect(usable).toBe(advice === null);
  });
});

describe('secateur evaluate', () => {
  test('gives what evaluate() gives, for the test split by default', async () => {
    const { code, stdout } = await cli([
      'evaluate',
      paths.iris,
      '--dataset',
      'iris',
      '--json',
      '--engine',
      'reference',
    ]);
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ samples: 30, lossName: 'crossentropy', engine: 'reference' });
    expect(result.perClass.map(({ samples }: { samples: number }) => samples)).toEqual([10, 10, 10]);
  });

  test('takes .npz files, --limit and --loss', async () => {
    const flags = ['--data', paths.npz, '--limit', '5', '--json'];
    expect(JSON.parse((await cli(['evaluate', paths.iris, ...flags])).stdout)).toMatchObject({ samples: 5 });
    const refused = await cli(['evaluate', paths.iris, ...flags, '--loss', 'binary-crossentropy']);
    expect([refused.code, refused.stdout]).toEqual([2, '']);
  });

  test('multiplies x by --scale', async () => {
    const loss = async (...flags: string[]) =>
      JSON.parse((await cli(['evaluate', paths.iris, '--data', paths.npz, '--json', ...flags])).stdout).loss;
    // Biases of an untrained network are 0: without input all three classes are equally likely.
    expectClose([await loss('--scale', '0')], [Math.log(3)], tolerances.ablatedLoss);
    expect(Math.abs((await loss()) - Math.log(3))).toBeGreaterThan(slack(tolerances.ablatedLoss, Math.log(3)));
  });

  test('prints all classes and --csv a line for each', async () => {
    const args = ['evaluate', paths.iris, '--dataset', 'iris'];
    expect((await cli(args)).stdout).toMatch(/iris \(test\)\n30 samples: crossentropy .*\n\nclass +samples/);
    const csv = (await cli([...args, '--csv'])).stdout.split('\n');
    expect(csv.map((line) => line.split(',').slice(0, 2).join())).toEqual([
      'class,samples',
      'all,30',
      '0,10',
      '1,10',
      '2,10',
      '',
    ]);
  });
});

describe('secateur ablate', () => {
  test('--ndjson streams baseline, nodes, layer and done, in this order, as ablate() does', async () => {
    const { code, stdout } = await ablateIris('--ndjson');
    expect(code).toBe(0);
    const events = lines(stdout) as { type: string; schemaVersion?: number; node?: number }[];
    const shown = events.filter(({ type }) => type !== 'progress');
    expect(shown.map(({ type }) => type)).toEqual(['baseline', ...Array(5).fill('node'), 'layer', 'done']);
    expect(events[0]).toMatchObject({ type: 'baseline', schemaVersion: 1, samples: 120, cut: 'weights' });

    const table = await ablate(await loadModel(paths.iris), await loadDataset('iris')).collect();
    const nodes = events.filter(({ type }) => type === 'node').map(({ type, ...node }) => node);
    expect(nodes).toEqual(table.layers[0]?.nodes.map((node) => ({ layer: 'dense_1', ...node })));
  });

  test('--json is one document with the classes by layer', async () => {
    const table: AblationTable = JSON.parse((await ablateIris('--json')).stdout);
    expect(table).toMatchObject({ schemaVersion: 1, baseline: { samples: 120 }, layers: [{ layer: 'dense_1' }] });
    const { zero, worse, important } = table.layers[0]!.indices;
    expect([...zero, ...worse, ...important].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  test('--csv has a line a node', async () => {
    const [header, ...rows] = (await ablateIris('--csv')).stdout.trimEnd().split('\n');
    expect(header).toBe('layer,node,loss,change,accuracy,class,flips');
    expect(rows.map((row) => row.split(',').slice(0, 2).join())).toEqual(
      [0, 1, 2, 3, 4].map((node) => `dense_1,${node}`),
    );
    for (const row of rows) expect(row).toMatch(/,(zero|worse|important),\d+$/);
  });

  test('prints a table a layer and one of all layers', async () => {
    const { stdout, stderr } = await cli(['ablate', paths.digits, '--dataset', 'digits', '--limit', '50', '--quiet']);
    expect(stdout).toMatch(
      /^Nodes of .*model.json on digits \(train\)\nintact: crossentropy .*, 50 samples; nodes cut at weights/,
    );
    expect(stdout).toMatch(
      /\ndense_1\nclass +nodes +which\n-+ +-+ +-+\nzero .*\nworse .*\nimportant .*\nmost important by change: \d/,
    );
    expect(stdout).toMatch(/\ndense_1 +6 .*\ndense_2 +4 .*\n10 nodes in .* s\n$/);
    expect(stderr).toBe('');
  });

  test('takes layers, nodes, cut, engine, threads and memory', async () => {
    const args = ['ablate', paths.digits, '--dataset', 'digits', '--limit', '20', '--json', '--quiet'];
    const flags = ['--layers', 'dense_2,output', '--nodes', '0-1,3', '--cut', 'mean', '--engine', 'reference'];
    const { stdout } = await cli([...args, ...flags, '--threads', '1', '--memory', '64MiB']);
    const { baseline, layers }: AblationTable = JSON.parse(stdout);
    expect(baseline).toMatchObject({ cut: 'mean', engine: 'reference', samples: 20 });
    expect(layers.map(({ layer, nodes }) => [layer, nodes.map(({ node }) => node)])).toEqual([
      ['dense_2', [0, 1, 3]],
      ['output', [0, 1, 3]],
    ]);
  });

  test('--tolerance T means from -T to T; the ends can be set alone', async () => {
    const classes = async (...flags: string[]) => {
      const table: AblationTable = JSON.parse((await ablateIris('--json', ...flags)).stdout);
      return table.layers[0]!.nodes.map((node) => node.class);
    };
    expect(await classes('--tolerance', '1000')).toEqual(Array(5).fill('zero'));
    expect(await classes('--tolerance-high', '1000')).not.toContain('worse');
    expect(await classes('--tolerance-low=-1000')).not.toContain('important');
  });

  test('--adaptive tells what each class rests on, in every format', async () => {
    const flags = ['ablate', paths.digits, '--dataset', 'digits', '--adaptive', '0.9', '--seed', '4'];
    const events = lines((await cli([...flags, '--ndjson'])).stdout) as { type: string; samples?: number }[];
    expect(events[0]).toMatchObject({ adaptive: { confidence: 0.9, seed: 4, complete: false } });
    const nodes = events.filter(({ type }) => type === 'node');
    const csv = (await cli([...flags, '--csv'])).stdout.trimEnd().split('\n');
    expect(csv[0]).toBe('layer,node,loss,change,accuracy,class,flips,exact,low,high,samples');
    expect(csv).toHaveLength(1 + nodes.length);
    const { stdout } = await cli(flags);
    expect(stdout).toMatch(/classes at 90\.00 % confidence/);
    expect(stdout).toMatch(/ of them exactly; [\d.]+ % of all samples measured$/m);
    const complete = JSON.parse((await cli([...flags, '--complete', '--json'])).stdout) as AblationTable;
    expect(complete.measured).toBe(1);
    expect(complete.layers.flatMap(({ nodes: own }) => own).every(({ exact }) => exact)).toBe(true);
  });

  test('--complete without --adaptive is refused', async () => {
    const { code, stderr } = await ablateIris('--complete');
    expect(code).toBe(2);
    expect(stderr).toMatch(/--complete: completes an adaptive run/);
  });

  test('--partial adds running estimates before the results', async () => {
    const { stdout } = await cli([
      'ablate',
      paths.digits,
      '--dataset',
      'digits',
      '--partial',
      '--ndjson',
      '--quiet',
      '--engine',
      'reference',
    ]);
    const events = lines(stdout) as { type: string; samples: number }[];
    const partial = events.filter(({ type }) => type === 'partial');
    for (const { samples } of partial)
      expect(samples).toBeLessThanOrEqual((events[0] as unknown as BaselineEvent).samples);
    expect(partial.length).toBeGreaterThan(0);
  });

  test('--plot draws the nodes, besides the results', async () => {
    const plot = join(folder, 'nodes.svg');
    const { stdout } = await ablateIris('--plot', plot, '--csv');
    expect(stdout).toMatch(/^layer,node/);
    const svg = readFileSync(plot, 'utf8');
    expect(svg).toMatch(/^<svg xmlns=/);
    expect(svg.match(/<circle /g)).toHaveLength(3 + 5);
    expect(svg).toContain('iris (train)');
  });

  test('--report writes a page with the plots and every node', async () => {
    const report = join(folder, 'nodes.html');
    await ablateIris('--report', report, '--csv');
    const html = readFileSync(report, 'utf8');
    expect(html).toMatch(/^<!doctype html>[\s\S]*<caption>Nodes<\/caption>/);
    expect(html.match(/<th scope="row">/g)).toHaveLength(1 + 5);
    expect(html.match(/<figure>/g)).toHaveLength(2);
  });

  test('--out writes the data into a file at once and nothing on stdout', async () => {
    const out = join(folder, 'nodes.ndjson');
    const { code, stdout } = await ablateIris('--ndjson', '--out', out);
    expect([code, stdout]).toEqual([0, '']);
    expect(lines(readFileSync(out, 'utf8')).at(-1)).toMatchObject({ type: 'done', nodes: 5 });
  });

  test('leaves no file behind if it fails', async () => {
    const out = join(folder, 'failed.json');
    const plot = join(folder, 'failed.svg');
    const { code } = await ablateIris('--json', '--out', out, '--plot', plot, '--layers', 'nowhere');
    expect(code).toBe(2);
    expect([existsSync(out), existsSync(plot)]).toEqual([false, false]);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('says before the work that a folder cannot be written to', async () => {
    const { code, stdout, stderr } = await ablateIris('--out', join(folder, 'no/such/folder.json'));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: .*folder.json: cannot be written: there is no folder .*\nhint: /);
  });
});
