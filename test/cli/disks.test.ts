import { EventEmitter } from 'node:events';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands/index.js';
import { createPlan, denseNetwork, initialize, saveModel, shrinkNetwork } from '../../src/index.js';
import { cli, temporaryFolder } from '../support/cli.js';
import { mountDisk } from '../support/disk.js';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const model = at('model');
beforeAll(async () => {
  const network = initialize(denseNetwork([4], [8, 6], 3), { seed: 3 });
  const plan = createPlan(network, { dense_1: [0, 3] }, { cut: 'zero' });
  await saveModel(network, model);
  await saveModel(shrinkNetwork(network, plan).network, at('small'));
  writeFileSync(at('plan.json'), JSON.stringify(plan));
});

interface Faults {
  /** The command with all that it needs but a place to write to. */
  readonly args: readonly string[];
  /** The flags that name what it writes, each with a name that fits. */
  readonly writes: Readonly<Record<string, string>>;
  /** Why a signal finds nothing to stop. */
  readonly short?: string;
  /** It says nothing before its files are in place. */
  readonly silent?: true;
}

const iris = ['--dataset', 'iris'];
const [out, plot, report] = [{ '--out': 'data.csv' }, { '--plot': 'plot.svg' }, { '--report': 'page.html' }];
const [journal, plan, smaller] = [{ '--journal': 'kept' }, { '--plan': 'plan.json' }, { '--out': 'small.onnx' }];
const toy = ['lrp-toy', '--quick', '--toy-dataset', 'moon', '--samples-per-class', '1', '--trials', '1'];

/** What every command that there is writes. */
const table: Readonly<Record<string, Faults>> = {
  doctor: { args: ['doctor'], writes: out, short: 'it asks the machine and computes nothing' },
  inspect: { args: ['inspect', model], writes: out, short: 'it reads one file' },
  train: { args: ['train', ...iris, '--hidden', '3', '--epochs', '2'], writes: { ...smaller, ...journal } },
  evaluate: { args: ['evaluate', model, ...iris], writes: out },
  ablate: { args: ['ablate', model, ...iris], writes: { ...out, ...plot, ...report, ...journal } },
  score: { args: ['score', model, ...iris, '--criterion', 'taylor'], writes: out },
  audit: { args: ['audit', model, ...iris, '--criteria', 'l1'], writes: { ...out, ...plot, ...report } },
  prune: {
    args: ['prune', model, ...iris, '--criterion', 'taylor', '--amount', '.5', '--steps', '2'],
    writes: { ...smaller, ...plan, ...journal },
  },
  shrink: { args: ['shrink', model, at('plan.json'), ...iris], writes: smaller, silent: true },
  verify: { args: ['verify', model, at('small'), at('plan.json'), ...iris], writes: out },
  convert: { args: ['convert', model], writes: smaller, silent: true },
  sweep: { args: ['sweep', model, ...iris, '--amounts', '.5'], writes: { ...out, ...plot, ...journal } },
  sensitivity: { args: ['sensitivity', model, ...iris, '--amounts', '.5'], writes: { ...out, ...plot, ...journal } },
  search: {
    args: ['search', model, ...iris, '--budget-parameters', '.8'],
    writes: { ...smaller, ...plan, ...plot, ...journal },
  },
  study: {
    args: ['study', ...toy],
    writes: { '--out': 'tables', ...report, ...journal, '--log': 'log.txt', '--render': 'figures' },
  },
};

test('the table has every flag of every command that names what is to be written', () => {
  const writing = /^--(out|plot|report|journal|plan|log|render)$/;
  expect(Object.keys(table)).toEqual(Object.keys(commands));
  for (const [name, { writes }] of Object.entries(table)) {
    const command = new Command(name);
    commands[name]!.configure(command);
    const flags = command.options.map(({ long }) => long ?? '').filter((long) => writing.test(long));
    expect(Object.keys(writes).sort(), name).toEqual(flags.sort());
  }
});

const rows = Object.entries(table).flatMap(([name, { writes }]) =>
  Object.entries(writes).map(([flag, file]) => [name, flag, file] as const),
);

/** The arguments of a command that writes this one file, besides a model that it cannot do without. */
function writing(name: string, flag: string, path: string): string[] {
  const { args, writes } = table[name]!;
  const needed = flag !== '--out' && writes['--out'] === smaller['--out'] ? ['--out', at(`${name}.onnx`)] : [];
  return [...args, ...needed, flag, path, '--quiet'];
}

const filesIn = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

const disk = mountDisk(at('disk'));

describe.skipIf(disk === null)('a disk that cannot be written to', () => {
  beforeAll(() => disk!.remount('ro'));

  test.each(rows)('ends %s %s with 1, before the work', async (name, flag, file) => {
    const { code, stdout, stderr } = await cli(writing(name, flag, join(disk!.path, file)));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: [^\n]*disk[^\n]*\n(hint: [^\n]+\n)?$/);
  });
});

describe.skipIf(disk === null)('a full disk', () => {
  beforeAll(() => disk!.remount('rw,size=4k'));
  beforeEach(() => {
    for (const name of readdirSync(disk!.path)) rmSync(join(disk!.path, name), { recursive: true });
    writeFileSync(join(disk!.path, 'all there is'), new Uint8Array(4096));
  });

  test.each(rows)('ends %s %s with 1, and no part of a file is left', async (name, flag, file) => {
    const { code, stderr } = await cli(writing(name, flag, join(disk!.path, file)));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: [^\n]*disk[^\n]*ENOSPC[^\n]*\n(hint: [^\n]+\n)?$/);
    expect(filesIn(disk!.path)).toEqual(['all there is']);
  });
});

describe('a folder where a file is to be', () => {
  const files = rows.filter(([, , file]) => file !== smaller['--out'] && !['tables', 'figures'].includes(file));
  test.each(files)('ends %s %s with 1, before the work', async (name, flag, file) => {
    const path = join(at('taken'), file);
    mkdirSync(path, { recursive: true });
    const { code, stdout, stderr } = await cli(writing(name, flag, path));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: [^\n]*taken/);
    expect(readdirSync(path)).toEqual([]);
  });
});

/** Runs a command that writes all its files but a journal to a new folder of this name. */
function runIn(where: string, name: string, flags: readonly string[], host: Parameters<typeof cli>[1]) {
  mkdirSync(where);
  const { args, writes } = table[name]!;
  const files = Object.entries(writes).filter(([flag, file]) => flag !== '--journal' && file !== out['--out']);
  return cli([...args, ...files.flatMap(([flag, file]) => [flag, join(where, file)]), '--quiet', ...flags], host);
}

describe('SIGINT', () => {
  const long = Object.keys(table).filter((name) => table[name]!.short === undefined);

  test.each(long)('ends %s with 130 and one line, and no file is left; the second one kills', async (name) => {
    const where = at(`stopped ${name}`);
    const signals = new EventEmitter();
    const ended = runIn(where, name, [], { signals });
    setImmediate(() => signals.emit('SIGINT'));
    await new Promise(setImmediate);
    // Nobody catches it any more, so that it does what it does to any program.
    expect(signals.listenerCount('SIGINT')).toBe(0);
    expect(await ended).toEqual({ code: 130, stdout: '', stderr: 'error: the run was aborted\n' });
    expect(filesIn(where)).toEqual([]);
    expect(signals.eventNames()).toEqual([]);
  });
});

describe('a reader that goes away', () => {
  test.each(Object.keys(table))('ends %s with 0 and no word, at the first line', async (name) => {
    const where = at(`unread ${name}`);
    const { code, stdout, stderr } = await runIn(where, name, ['--ndjson'], { unread: true });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.match(/^\{.*\n/gm)).toHaveLength(1);
    expect(filesIn(where).includes(smaller['--out'])).toBe(table[name]!.silent === true);
  });
});
