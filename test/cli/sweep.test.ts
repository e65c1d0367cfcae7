import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { initialize, type LayerSpec, saveModel } from '../../src/index.js';
import { cli, temporaryFolder } from '../support/cli.js';
import { writeFixtures } from './fixtures.js';

const folder = temporaryFolder();
let paths: Awaited<ReturnType<typeof writeFixtures>>;
beforeAll(async () => {
  paths = await writeFixtures(folder);
});

const sweep = (...flags: string[]) => cli(['sweep', paths.digits, '--dataset', 'digits', '--limit', '40', ...flags]);
const lines = (text: string) => text.trim().split('\n');

describe('secateur sweep', () => {
  test('prints a table a criterion', async () => {
    const { code, stdout } = await sweep('--criteria', 'l2,random', '--amounts', '0,.5');
    expect(code).toBe(0);
    expect(stdout).toMatch(/intact: crossentropy [\d.]+, accuracy [\d.]+ %, 40 samples; nodes cut at weights/);
    expect(stdout).toMatch(/\nl2\n amount +removed +parameters +MACs +crossentropy +accuracy +lost\n/);
    expect(stdout).toMatch(/\nrandom\n/);
    expect(stdout.match(/^50.00 % +5 +233 +218 /gm)).toHaveLength(2);
  });

  test('--ndjson tells points as they come, --csv and --json all of them', async () => {
    const flags = ['--criteria', 'l2', '--amounts', '0,.5'];
    const events = lines((await sweep(...flags, '--ndjson')).stdout).map((line) => JSON.parse(line));
    expect(events.map(({ type }) => type)).toEqual(['baseline', 'point', 'progress', 'point', 'progress', 'done']);
    expect(events[0].schemaVersion).toBe(1);
    const { type: _type, ...last } = events[3];
    const document = JSON.parse((await sweep(...flags, '--json')).stdout);
    expect(document.points[1]).toEqual(last);
    const csv = lines((await sweep(...flags, '--csv')).stdout);
    expect(csv[0]).toBe('criterion,amount,removed,parameters,macs,loss,accuracy');
    expect(csv[2]).toBe(['l2', 0.5, 5, 233, 218, last.loss, last.accuracy].join());
  });

  test('--weights sets single weights to 0; --plot draws', async () => {
    const plot = join(folder, 'sweep.svg');
    const { code, stdout } = await sweep(
      '--weights',
      '--amounts',
      '.5',
      '--plot',
      plot,
      '--out',
      join(folder, 'x.txt'),
    );
    expect([code, stdout]).toEqual([0, '']);
    expect(readFileSync(join(folder, 'x.txt'), 'utf8')).toContain('single weights set to 0');
    expect(readFileSync(plot, 'utf8')).toContain('share of the weights of each layer that is gone');
  });

  test('--finetune trains every point, and tells what it measures after', async () => {
    const plot = join(folder, 'tuned.svg');
    const flags = ['--criteria', 'l2', '--amounts', '.5', '--finetune', '2', '--lr', '0.01', '--score-split', 'train'];
    const { code, stdout } = await sweep(...flags, '--csv', '--plot', plot);
    const [heads, row] = lines(stdout).map((line) => line.split(','));
    expect([code, heads!.slice(-2)]).toEqual([0, ['tunedLoss', 'tunedAccuracy']]);
    expect(Number(row!.at(-2))).toBeLessThan(Number(row![5]));
    expect(readFileSync(plot, 'utf8')).toContain('l2, trained after');
    const text = await sweep(...flags.slice(0, 6));
    expect(text.stdout).toMatch(/accuracy +lost +crossentropy tuned +accuracy tuned\n/);
    expect(text.stderr).toContain('trained on the samples that they are measured on');
    const idle = await sweep('--lr', '0.1');
    expect([idle.code, idle.stderr]).toEqual([2, expect.stringContaining('nothing is trained')]);
  });

  test('--thresholds cuts single weights below ever larger thresholds', async () => {
    const plot = join(folder, 'thresholds.svg');
    const { code, stdout } = await sweep('--thresholds', '9', '--csv', '--plot', plot);
    const rows = lines(stdout).map((line) => line.split(','));
    expect([code, rows[0]]).toEqual([0, ['threshold', 'zeros', 'loss', 'accuracy', 'averagePrecision']]);
    const zeros = rows.slice(1).map(([, count]) => Number(count));
    expect([zeros.length, zeros[0], zeros]).toEqual([9, 0, zeros.toSorted((a, b) => a - b)]);
    expect(readFileSync(plot, 'utf8')).toContain('>weights that are gone<');
    expect((await sweep('--thresholds', '9')).stdout).toMatch(/\nthreshold +zeros +share +crossentropy +accuracy/);
    for (const wrong of [
      ['--thresholds', '1'],
      ['--thresholds', '9', '--amounts', '.5'],
    ]) {
      expect((await sweep('--thresholds', ...wrong)).code).toBe(2);
    }
  });

  test('--score-split lets criteria look at the other part', async () => {
    const { stdout } = await sweep('--score-split', 'train', '--criteria', 'taylor', '--amounts', '.5', '--json');
    expect(JSON.parse(stdout).samples).toBe(40);
    const own = await cli(['sweep', paths.iris, '--data', paths.npz, '--score-split', 'train']);
    expect([own.code, own.stderr]).toEqual([2, expect.stringContaining('only named datasets have parts')]);
  });

  test.each([
    [['--criteria', 'nothing'], 'criteria: expected one of'],
    [['--amounts', '0,1'], 'shares from 0 to below 1'],
    [['--amounts', ','], 'a number'],
    [['--criteria', 'l2', '--rule', 'epsilon'], 'follows option rule'],
    [['--plot', 'no/such/folder/x.svg'], 'there is no folder'],
    [['--font', 'any.ttf'], '--font: nothing is drawn as PNG'],
    [['--plot', 'x.svg', '--font', 'any.ttf'], '--font: nothing is drawn as PNG'],
  ])('%j is refused', async (flags, part) => {
    const { code, stderr } = await sweep(...flags);
    expect(code).not.toBe(0);
    expect(stderr).toContain(part);
  });
});

describe('secateur sensitivity', () => {
  const sensitivity = (...flags: string[]) =>
    cli(['sensitivity', paths.digits, '--dataset', 'digits', '--limit', '40', '--amounts', '0,.5', ...flags]);

  test('prints a table a layer, and draws a curve for each', async () => {
    const plot = join(folder, 'layers.svg');
    const { code, stdout } = await sensitivity('--plot', plot);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\ndense_1\n amount .*\n(.*\n){2}50.00 % +3 +/);
    expect(stdout).toMatch(/\ndense_2\n/);
    for (const name of ['>dense_1<', '>dense_2<']) expect(readFileSync(plot, 'utf8')).toContain(name);
  });

  test('draws a curve of each criterion for each layer, of single weights too', async () => {
    const plot = join(folder, 'weights.svg');
    const { code, stdout } = await sensitivity('--weights', '--criteria', 'magnitude,wanda', '--plot', plot);
    expect(code).toBe(0);
    expect(stdout).toContain('single weights set to 0');
    expect(stdout).toMatch(/\ndense_1, wanda\n amount .*\n(.*\n){2}50.00 % +192 +/);
    const drawn = readFileSync(plot, 'utf8');
    for (const text of ['>dense_2, magnitude<', 'by magnitude, wanda', 'share of the weights'])
      expect(drawn).toContain(text);
  });

  test('says of which layers nothing can go', async () => {
    const tied = join(folder, 'tied.onnx');
    const layers: LayerSpec[] = [
      { name: 'in', kind: 'input', config: { shape: [4] } },
      { name: 'a', kind: 'dense', config: { units: 4 } },
      { name: 'sum', kind: 'add', inputs: ['a', 'in'] },
      { name: 'b', kind: 'dense', config: { units: 5 } },
      { name: 'out', kind: 'dense', config: { units: 3 } },
    ];
    await saveModel(initialize({ layers }, { seed: 1 }), tied);
    const run = (...flags: string[]) =>
      cli(['sensitivity', tied, '--dataset', 'iris', '--loss', 'crossentropy', '--amounts', '.5', ...flags]);
    const { code, stdout } = await run();
    expect([code, stdout]).toEqual([0, expect.stringContaining('a: no node of it can go: it is part of the input')]);
    const named = await run('--layers', 'a,b');
    expect([named.code, named.stderr]).toEqual([2, expect.stringContaining('no node of layer "a" can go')]);
  });

  test('goes on from its journal, and --csv has a row a point', async () => {
    const flags = ['--criterion', 'taylor', '--csv', '--journal', join(folder, 'layers.journal')];
    const first = await sensitivity(...flags);
    expect(lines(first.stdout)[0]).toBe('criterion,layer,amount,removed,parameters,macs,loss,accuracy');
    expect(lines(first.stdout)).toHaveLength(1 + 4);
    expect(await sensitivity(...flags)).toEqual(first);
  });
});
