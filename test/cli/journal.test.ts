import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { denseNetwork, initialize, saveModel } from '../../src/index.js';
import { createRandom } from '../../src/util/random.js';
import { builtCli, start, temporaryFolder } from '../support/cli.js';
import { mountDisk } from '../support/disk.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** How often a run is killed; the nightly run kills more. */
    kills: number;
  }
}

const folder = temporaryFolder();
const model = join(folder, 'model.json');
const journal = join(folder, 'nodes.journal');
const out = join(folder, 'nodes.csv');
const options = ['--dataset', 'digits', '--limit', '700', '--engine', 'reference', '--csv', '--quiet'];
let main: string;
/** What an undisturbed run without a journal prints. */
let expected: string;
beforeAll(async () => {
  main = builtCli();
  await saveModel(initialize(denseNetwork([8, 8, 1], [48, 24], 10), { seed: 1 }), model);
  expected = (await start(main, ['ablate', model, ...options]).done).stdout;
});

const run = (path: string, ...flags: string[]) =>
  start(main, ['ablate', model, ...options, '--journal', path, ...flags]);

/** Waits until a journal has grown to so many bytes. */
async function grown(path: string, bytes: number): Promise<void> {
  while (!existsSync(path) || statSync(path).size < bytes) await wait(2);
}

describe('a run with a journal', () => {
  test('that is killed at random moments ends with the same bytes, and leaves no half of a file', async () => {
    const random = createRandom(0x6b11);
    for (let kill = 0; kill < inject('kills'); kill++) {
      const before = existsSync(journal) ? statSync(journal).size : 0;
      const { child, done } = run(journal, '--out', out);
      await Promise.race([done, grown(journal, before + 1)]);
      await wait(random.integer(60));
      child.kill('SIGKILL');
      const { signal } = await done;
      if (signal === 'SIGKILL' && !existsSync(out)) continue;
      expect(readFileSync(out, 'utf8')).toBe(expected);
      for (const path of [journal, out]) rmSync(path);
    }
    expect((await run(journal, '--out', out).done).code).toBe(0);
    expect(readFileSync(out, 'utf8')).toBe(expected);
    expect(readdirSync(folder).filter((name) => name.startsWith('nodes.journal'))).toEqual(['nodes.journal']);
  });

  test('that SIGINT ends with 130 says that it goes on, and does', async () => {
    rmSync(journal, { force: true });
    const { child, done } = run(journal);
    await grown(journal, 1000);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await done;
    expect([code, stdout]).toEqual([130, '']);
    expect(stderr).toMatch(/^error: the run was aborted\nhint: the journal holds what was done/);
    expect((await run(journal).done).stdout).toBe(expected);
  });

  test('that SIGINT comes to again and again ends at once, and goes on', async () => {
    rmSync(journal, { force: true });
    const { child, done } = run(journal);
    await grown(journal, 1000);
    const again = setInterval(() => child.kill('SIGINT'), 2);
    const { code, signal, stdout } = await done;
    clearInterval(again);
    // The second one kills, unless the first was quicker.
    expect([
      [130, null],
      [null, 'SIGINT'],
    ]).toContainEqual([code, signal]);
    expect(stdout).toBe('');
    expect((await run(journal).done).stdout).toBe(expected);
  });

  test('of another command is refused with exit code 2 and a hint', async () => {
    const { code, stderr } = await run(journal, '--cut', 'zero').done;
    expect(code).toBe(2);
    expect(stderr).toMatch(/belongs to another run: another cut\nhint: /);
  });
});

describe('a training with a journal', () => {
  const trained = (name: string) => readFileSync(join(folder, name));
  const train = (name: string, ...flags: string[]) => {
    const network = [
      '--dataset',
      'digits',
      '--limit',
      '400',
      '--hidden',
      '16',
      '--epochs',
      '60',
      '--ndjson',
      '--quiet',
    ];
    return start(main, ['train', ...network, '--out', join(folder, name), ...flags]);
  };

  test('that is killed goes on and ends with the same bytes', async () => {
    const [whole, killed] = [train('whole.onnx'), train('killed.onnx', '--journal', join(folder, 'training'))];
    await grown(join(folder, 'training'), 1000);
    killed.child.kill('SIGKILL');
    expect((await killed.done).signal).toBe('SIGKILL');
    expect(existsSync(join(folder, 'killed.onnx'))).toBe(false);
    const stopped = train('killed.onnx', '--journal', join(folder, 'training'));
    await new Promise((resolve) => stopped.child.stdout.once('data', resolve));
    stopped.child.kill('SIGINT');
    const { code, stderr } = await stopped.done;
    expect([code, stderr]).toEqual([130, expect.stringContaining('the journal holds what was done')]);
    expect((await train('killed.onnx', '--journal', join(folder, 'training')).done).code).toBe(0);
    expect((await whole.done).code).toBe(0);
    expect(trained('killed.onnx')).toEqual(trained('whole.onnx'));
  });
});

test('a pruning in steps that is killed while it trains goes on and ends with the same bytes', async () => {
  const names = ['small.onnx', 'small.onnx.plan.json'];
  const prune = (where: string, ...flags: string[]) => {
    const steps = ['--steps', '2', '--finetune', '12', '--out', join(where, 'small.onnx')];
    const how = ['--criterion', 'taylor', '--amount', '.5', '--dataset', 'digits', '--quiet'];
    return start(main, ['prune', model, ...how, ...steps, ...flags]);
  };
  const [calm, hit, kept] = ['calm', 'hit', 'pruning'].map((name) => join(folder, name)) as [string, string, string];
  const [whole, killed] = [prune(calm), prune(hit, '--journal', kept)];
  // The plan of the first step is short, the state after an epoch of its training is not.
  await grown(`${kept}.step1`, 1000);
  killed.child.kill('SIGKILL');
  expect((await killed.done).signal).toBe('SIGKILL');
  expect(readdirSync(hit)).toEqual([]);
  expect((await prune(hit, '--journal', kept).done).code).toBe(0);
  expect((await whole.done).code).toBe(0);
  for (const name of names) expect(readFileSync(join(hit, name))).toEqual(readFileSync(join(calm, name)));
  expect(readdirSync(hit).sort()).toEqual(readdirSync(calm).sort());
});

const disk = mountDisk(join(folder, 'disk'));

describe.skipIf(disk === null)('a disk', () => {
  test('that is full ends the run with a hint; with more space it goes on', async () => {
    const path = join(disk!.path, 'journal');
    const { code, stdout, stderr } = await run(path).done;
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/journal: cannot be written: ENOSPC.*\nhint: .* goes on from there/);
    disk!.remount('size=1m');
    expect((await run(path).done).stdout).toBe(expected);
  });
});
