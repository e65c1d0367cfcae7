import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { builtCli, cli, start, temporaryFolder } from '../support/cli.js';
import { fonts } from '../support/fonts.js';

const folder = temporaryFolder();
const quick = ['study', 'ablation-importance', '--quick', '--networks', 'single', '--basis', 'train', '--trials', '2'];

describe('secateur study', () => {
  test('prints the tables, and what there is to compare', async () => {
    const { code, stdout, stderr } = await cli(quick);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^Node importance by ablation \(published notebooks, chapter 3.2\)\n\nsingle, digits, train/,
    );
    expect(stdout).toMatch(/\ncount +2 +2 +2\nmean +/);
    expect(stdout).toMatch(/\npublished numbers: 3 not comparable\n$/);
    expect(stderr).toMatch(/1\/2 single on digits, train, seed 0: /);
  });

  test('says so where nothing can be compared with what was published', async () => {
    const log = join(folder, 'log.txt');
    const line = 'dataset:moon-criterion:lrp-n:10-s:0-scenario:train-stage';
    writeFileSync(log, `${line}:pre 99.9\n${line}:post 99.85\n`);
    const { code, stdout } = await cli(['study', 'lrp-toy', '--from-log', log]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/\npublished numbers: not comparable\n$/)]);
  });

  test('leaves the same files whatever the number of jobs', async () => {
    const main = builtCli();
    const folders = ['1', '2'].map((jobs) => ({ jobs, out: join(folder, jobs) }));
    for (const { jobs, out } of folders) {
      const { code, stdout } = await start(main, [...quick, '--jobs', jobs, '--out', out, '--ndjson']).done;
      expect(code).toBe(0);
      const events = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(events[0]).toMatchObject({ type: 'start', schemaVersion: 1, trials: 2 });
      expect(
        events
          .filter(({ type }) => type === 'trial')
          .map(({ trial }) => trial)
          .sort(),
      ).toEqual([0, 1]);
      expect(events.filter(({ type }) => type === 'cell')).toHaveLength(3);
      expect(events.at(-1)).toMatchObject({ type: 'done', verdicts: { 'not comparable': 3 } });
    }
    const [one = '', two = ''] = folders.map(({ out }) => out);
    expect(readdirSync(one).sort()).toEqual([
      'changes-single-digits-train.svg',
      'comparison.csv',
      'histogram-single-digits-train.svg',
      'report.json',
      'single-digits-train-dense_1.csv',
      'single_layer_node_importance_digits.csv',
    ]);
    for (const file of readdirSync(one)) {
      expect(readFileSync(join(two, file), 'utf8'), file).toBe(readFileSync(join(one, file), 'utf8'));
    }
  });

  test('--report has all of it on one page, --png the figures as such', async () => {
    const [out, report] = [join(folder, 'png'), join(folder, 'study.html')];
    const font = fonts[0] ?? '';
    const asked = ['--trials', '1', '--report', report, ...(font === '' ? [] : ['--png', '--font', font])];
    const { code, stderr } = await cli([...quick, ...asked, '--out', out]);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('error')]);
    const html = readFileSync(report, 'utf8');
    for (const text of [
      '<h1>Node importance by ablation</h1>',
      'changes-single-digits-train.svg',
      '3 not comparable',
    ]) {
      expect(html).toContain(text);
    }
    expect(readdirSync(out).includes('histogram-single-digits-train.png')).toBe(font !== '');
    const refused = await cli([...quick, '--report', join(folder, 'nowhere', 'a.html')]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no folder') });
    const taken = await cli([...quick, '--report', folder]);
    expect(taken).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('it is a folder') });
  });

  test('says what is wrong with an option', async () => {
    const { code, stderr } = await cli(['study', 'ablation-importance', '--datasets', 'imagenet']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/datasets: expected one of mnist, fashion-mnist, cifar-10, digits but received "imagenet"/);
    expect(await cli(['study', 'thinning'])).toMatchObject({ code: 2 });
    const nowhere = await cli([...quick, '--png']);
    expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringMatching(/--png: .*\n.*name it with --out/) });
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const taken = await cli([...quick, '--out', file]);
    expect(taken).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('the folder cannot be made') });
  });
});
