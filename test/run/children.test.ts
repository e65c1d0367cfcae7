import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { openChildren } from '../../src/run/index.js';
import { builtCli, root, temporaryFolder } from '../support/cli.js';

const entry = join(temporaryFolder(), 'entry.mjs');
beforeAll(() => {
  builtCli();
  const url = (file: string): string => pathToFileURL(join(root, 'dist', file)).href;
  const source = `
    import { serveTasks } from '${url('run/index.js')}';
    import { SecateurError } from '${url('util/errors.js')}';
    serveTasks(async (task, note) => {
      if (task === 'go away') process.exit(7);
      if (task === 'fail') throw new SecateurError('ERR_DATA', 'the data are bad', { hint: 'take others' });
      note('half way');
      return { task, pid: process.pid };
    });`;
  writeFileSync(entry, source);
});
const open = () => openChildren(pathToFileURL(entry));
const unheard = (): void => {};

describe('openChildren', () => {
  test('gives one task after the other to the same process, and its notes to who waits', async () => {
    using children = open();
    const notes: unknown[] = [];
    const one = await children.work('one', (note) => notes.push(note));
    const two = await children.work('two', (note) => notes.push(note));
    expect(one).toMatchObject({ task: 'one' });
    expect(two).toEqual({ ...(one as object), task: 'two' });
    expect((one as { pid: number }).pid).not.toBe(process.pid);
    expect(notes).toEqual(['half way', 'half way']);
  });

  test('gives tasks at the same time to different processes', async () => {
    using children = open();
    const both = await Promise.all([children.work(1, unheard), children.work(2, unheard)]);
    const [one, two] = both.map((answer) => (answer as { pid: number }).pid);
    expect(one).not.toBe(two);
  });

  test('carries errors over with code and hint, and goes on', async () => {
    using children = open();
    await expect(children.work('fail', unheard)).rejects.toMatchObject({
      code: 'ERR_DATA',
      message: 'the data are bad',
      hint: 'take others',
    });
    expect(await children.work('next', unheard)).toMatchObject({ task: 'next' });
  });

  test('says so if a process goes away', async () => {
    using children = open();
    await expect(children.work('go away', unheard)).rejects.toThrow(/ended before its task did: exit code 7/);
  });
});
