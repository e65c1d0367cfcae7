import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { cli, temporaryFolder } from '../support/cli.js';
import { writeFixtures } from './fixtures.js';

const folder = temporaryFolder();
let paths: Awaited<ReturnType<typeof writeFixtures>>;
beforeAll(async () => {
  paths = await writeFixtures(folder);
});

const audit = (...flags: string[]) =>
  cli(['audit', paths.digits, '--dataset', 'digits', '--limit', '40', '--engine', 'reference', ...flags]);

describe('secateur audit', () => {
  test('prints a table a layer, what it left out and the verdict', async () => {
    const { code, stdout } = await audit('--criteria', 'taylor,l1,bn-scale');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^Criteria on .*model.json, digits \(train\)\nexact ablation: nodes cut at weights, 40 samples/,
    );
    expect(stdout).toMatch(
      /\ndense_1, 6 nodes\ncriterion +spearman +kendall +lowest 10 % +25 % +50 % +wrong sign +seconds\n/,
    );
    expect(stdout).toMatch(/\ntaylor +-?\d.*\n/);
    expect(stdout).toMatch(/\nleft out: criterion bn-scale has nothing to say/);
    expect(stdout).toMatch(/\nNo layer has 8 nodes or more: too few to tell.*\n$/);
  });

  test('--ndjson has an event for each criterion and layer', async () => {
    const { stdout } = await audit('--criteria', 'l1,taylor-second', '--cut', 'zero', '--ndjson');
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.find(({ type }) => type === 'start')).toMatchObject({ cut: 'zero', samples: 40 });
    const rows = events.filter(({ type }) => type === 'audit');
    expect(rows.map(({ criterion, layer }) => `${criterion} ${layer}`)).toEqual([
      'l1 dense_1',
      'l1 dense_2',
      'taylor-second dense_1',
      'taylor-second dense_2',
    ]);
    const keys = 'type,criterion,layer,nodes,spearman,kendall,overlap10,overlap25,overlap50,wrongSign,seconds,scores';
    expect(Object.keys(rows[0]).join()).toBe(keys);
    expect(events.at(-1)).toMatchObject({ type: 'done', trusted: [] });
  });

  test('--csv has a line for each, --plot draws the correlations', async () => {
    const plot = join(folder, 'audit.svg');
    const { stdout } = await audit('--criteria', 'l1', '--layers', 'dense_2', '--csv', '--plot', plot);
    const [header, ...lines] = stdout.trimEnd().split('\n');
    expect(header).toBe('criterion,layer,nodes,spearman,kendall,overlap10,overlap25,overlap50,wrongSign,seconds');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^l1,dense_2,4,/);
    expect(readFileSync(plot, 'utf8')).toMatch(/^<svg .*Criteria on digits/);
  });

  test('--report has a scatter of every criterion, and all scores as a table', async () => {
    const report = join(folder, 'audit.html');
    expect((await audit('--criteria', 'l1,apoz', '--report', report)).code).toBe(0);
    const page = readFileSync(report, 'utf8');
    for (const name of ['l1', 'apoz']) expect(page).toContain(`${name} against exact ablation`);
    expect(page).toMatch(/nodes to keep have low scores and a high \u2212change/);
    const points = [...page.matchAll(/data-says="dense_[12] \d+: [^"]+"|<title>dense_[12] \d+: /g)];
    expect(points).toHaveLength(2 * (6 + 4));
    const { layers, rows } = JSON.parse(/id="data"[^>]*>([^<]*)</.exec(page)![1]!);
    expect(layers.map(({ worths }: { worths: number[] }) => worths.length)).toEqual([6, 4]);
    expect(rows.map(({ scores }: { scores: number[] }) => scores.length)).toEqual([6, 4, 6, 4]);
  });

  test('wants samples, and criteria that score nodes', async () => {
    expect((await cli(['audit', paths.digits])).stderr).toMatch(/neither --data nor --dataset/);
    const { code, stderr } = await audit('--criteria', 'magnitude');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/expected one of l1, l2/)]);
  });
});
