import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { builtCli, root, temporaryFolder } from '../support/cli.js';

const run = promisify(execFile);
const script = join(root, 'scripts', 'studyPages.mjs');
const folder = temporaryFolder();
const report = join(folder, 'study', 'report.json');
const writePages = (...reports: string[]) =>
  run(process.execPath, [script, '--out', join(folder, 'pages'), ...reports]);

const imagesOf = (page: string): string[] =>
  [...page.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map(([, name]) => name ?? '');

describe('scripts/studyPages.mjs', () => {
  beforeAll(async () => {
    const study = ['study', 'iris-threshold', '--trials', '2', '--out', join(folder, 'study')];
    await run(process.execPath, [builtCli(), ...study]);
  });

  test('sets published numbers, findings, figures and scikit-learn beside ours, with command and time', async () => {
    await writePages(`${report}=90/1`);
    const page = readFileSync(join(folder, 'pages', 'iris-threshold.md'), 'utf8');
    expect(page).toContain('| `secateur study iris-threshold --trials 2` | 2 | 1 min 30 s for 1 of them |');
    expect(page).toMatch(/^\| reported, weights gone \| 22 \| \d+ ± [\d.]+ \| 2 \|/m);
    expect(page).toMatch(/ours and scikit-learn's: 0\.\d{3} of the cutoffs, 0\.000 of the weights gone/);
    expect(imagesOf(page)).toHaveLength(5);
    await writePages(`${report}=90/2/trained`);
    const again = readFileSync(join(folder, 'pages', 'iris-threshold.md'), 'utf8');
    expect(again).toContain('| 2 | 1 min 30 s for 2 of them, networks trained before |');
    for (const name of imagesOf(page)) expect(readFileSync(join(folder, 'pages', name), 'utf8')).toMatch(/^<svg/);
  });

  test('writes no page with a missed number that is not explained', async () => {
    const told = JSON.parse(readFileSync(report, 'utf8'));
    for (const [i, { outcome }] of told.trials.entries()) outcome.reported.threshold = 5 + i / 100;
    const missed = join(folder, 'missed.json');
    writeFileSync(missed, JSON.stringify(told));
    await expect(writePages(missed)).rejects.toThrow(/not explained: .*"cutoff"/);
  });
});

describe('docs/studies', () => {
  const own = join(root, 'docs', 'studies');
  const names = readdirSync(own);

  test('has the figures of its pages and no others, all of them small', () => {
    const pages = names.filter((name) => name.endsWith('.md'));
    const shown = pages.flatMap((name) => imagesOf(readFileSync(join(own, name), 'utf8')));
    expect(names.filter((name) => name.endsWith('.svg')).toSorted()).toEqual(shown.toSorted());
    expect(shown.reduce((sum, name) => sum + statSync(join(own, name)).size, 0)).toBeLessThan(500_000);
  });
});
