import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands/index.js';
import { denseNetwork, initialize, saveModel } from '../../src/index.js';
import { builtCli, root, start, temporaryFolder } from '../support/cli.js';

const folder = temporaryFolder();
const large = join(folder, 'large/model.json');
let main: string;
beforeAll(async () => {
  main = builtCli();
  await saveModel(initialize(denseNetwork([8, 8, 1], [600, 600], 10), { seed: 1 }), large);
});

const ablateLarge = ['ablate', large, '--dataset', 'digits', '--engine', 'reference'];

/** Starts a run of many minutes and waits until it says something. */
async function startLong(...flags: string[]) {
  const run = start(main, [...ablateLarge, '--ndjson', '--partial', '--quiet', ...flags]);
  await new Promise((resolve) => run.child.stdout.once('data', resolve));
  return run;
}

describe('the program', () => {
  test('--help lists every command and ends with 0', async () => {
    const { code, stdout, stderr } = await start(main, ['--help']).done;
    expect([code, stderr]).toEqual([0, '']);
    for (const name of Object.keys(commands)) expect(stdout).toContain(`  ${name} `);
  });

  test('--version is the one of package.json', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect((await start(main, ['--version']).done).stdout).toBe(`${version}\n`);
  });

  test.each(Object.keys(commands))('%s --help explains its flags and gives examples', async (name) => {
    const { code, stdout } = await start(main, [name, '--help']).done;
    expect(code).toBe(0);
    expect(stdout).toMatch(/--json/);
    expect(stdout).toMatch(new RegExp(`Examples:\\n  secateur ${name}`));
  });

  test('ends with 2 on usage errors and 1 on failures', async () => {
    expect((await start(main, ['nothing']).done).code).toBe(2);
    expect((await start(main, ['inspect', join(folder, 'nothing')]).done).code).toBe(1);
  });
});

describe.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s in mid-run', (signal, exitCode) => {
  test(`ends with ${exitCode}, one line on stderr and no files`, async () => {
    const plot = join(folder, `${signal}.svg`);
    const { child, done } = await startLong('--plot', plot);
    child.kill(signal);
    const { code, stderr } = await done;
    expect(code).toBe(exitCode);
    expect(
      stderr
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([expect.objectContaining({ type: 'error', code: 'ERR_ABORTED' })]);
    expect(existsSync(plot)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

test('SIGINT in mid-training ends with 130 and leaves no model', async () => {
  const out = join(folder, 'unfinished');
  const { child, done } = start(main, ['train', '--dataset', 'digits', '--epochs', '100000', '--ndjson', '--out', out]);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  child.kill('SIGINT');
  expect((await done).code).toBe(130);
  expect(existsSync(out)).toBe(false);
});

describe('a reader', () => {
  test('that goes away ends the run quietly', async () => {
    const { child, done } = await startLong();
    child.stdout.destroy();
    expect(await done).toMatchObject({ code: 0, signal: null, stderr: '' });
  });

  test('that is slow gets every event', async () => {
    const run = start(main, [
      'ablate',
      large,
      '--dataset',
      'digits',
      '--limit',
      '1',
      '--engine',
      'reference',
      '--ndjson',
    ]);
    run.child.stdout.pause();
    await wait(1500);
    run.child.stdout.resume();
    const { code, stdout } = await run.done;
    expect(code).toBe(0);
    const nodes = stdout.split('\n').filter((line) => line.startsWith('{"type":"node"'));
    expect(nodes).toHaveLength(1200);
  });
});

test('examples/first-run.mjs trains, ablates, prints a table and draws the nodes', async () => {
  const { code, stdout } = await start(join(root, 'examples/first-run.mjs'), [], { cwd: folder }).done;
  expect(code).toBe(0);
  expect(stdout).toMatch(/epoch 25: loss .*, test accuracy 9\d\.\d\d %/);
  expect(stdout).toMatch(/\n {2}dense_1 {2}[#.+]{48}\n {2}dense_2 {2}[#.+]{24}\n\n72 nodes in /);
  expect(readFileSync(join(folder, 'out/nodes.svg'), 'utf8')).toMatch(/^<svg/);
  expect(existsSync(join(folder, 'out/digits/model.json'))).toBe(true);
});
