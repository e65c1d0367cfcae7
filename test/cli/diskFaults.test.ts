import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { denseNetwork, initialize, saveModel } from '../../src/index.js';
import { cli, temporaryFolder } from '../support/cli.js';

/** Which call that changes the disk fails, counted from 1; 0 for none. */
const faults = vi.hoisted(() => ({ at: 0, calls: 0, failed: '' }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const fails = (name: string): Error | null => {
    faults.calls += 1;
    if (faults.calls !== faults.at) return null;
    faults.failed = name;
    return Object.assign(new Error(`ENOSPC: no space left on the device, ${name}`), { code: 'ENOSPC' });
  };
  const failing = (['mkdir', 'mkdtemp', 'rename', 'link'] as const).map((name) => [
    name,
    async (...args: unknown[]) => {
      const error = fails(name);
      if (error) throw error;
      return await (real[name] as (...all: unknown[]) => Promise<unknown>)(...args);
    },
  ]);
  const open = async (...args: Parameters<typeof real.open>) => {
    const writes = /[wa]/.test(String(args[1]));
    const error = writes ? fails('open') : null;
    if (error) throw error;
    const file = await real.open(...args);
    if (!writes) return file;
    for (const name of ['writeFile', 'appendFile', 'sync', 'datasync'] as const) {
      const own = file[name].bind(file) as (...all: unknown[]) => Promise<void>;
      Object.assign(file, {
        [name]: async (...all: unknown[]) => {
          const late = fails(name);
          if (late) throw late;
          await own(...all);
        },
      });
    }
    return file;
  };
  return { ...real, ...Object.fromEntries(failing), open };
});

/** Times are not what this is about. */
vi.mock('../../src/runtimes/latency.js', () => ({
  measureLatency: async (networks: readonly unknown[]) => ({
    ...{ runtime: 'none', batch: 1, threads: 1, runs: 1 },
    times: networks.map(() => ({ median: 1, quartiles: [1, 1] })),
  }),
}));

const folder = temporaryFolder();
const models = join(folder, 'models');
const place = join(folder, 'place');
const at = (name: string): string => join(place, name);
const model = join(models, 'model.onnx');
const data = ['--dataset', 'iris', '--limit', '30', '--engine', 'reference', '--quiet', '--csv'];

beforeAll(async () => {
  mkdirSync(models);
  await saveModel(initialize(denseNetwork([4], [6, 4], 3), { seed: 3 }), model);
  const made = await cli(['prune', model, '--criterion', 'l2', '--amount', '.5', '--out', join(models, 'small.onnx')]);
  expect(made.code).toBe(0);
});

beforeEach(() => {
  faults.at = 0;
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place);
});

/** Everything below the folder with its bytes. */
const onDisk = (): Record<string, string> =>
  Object.fromEntries(
    (readdirSync(place, { recursive: true }) as string[])
      .sort()
      .map((name) => [name, statSync(at(name)).isDirectory() ? '' : readFileSync(at(name), 'latin1')]),
  );

interface Writing {
  readonly args: () => readonly string[];
  /** What a run keeps so as to go on from there. */
  readonly journals?: readonly string[];
}

const budget = ['--budget-parameters', '.6', '--step', '.3'];
const commands: Readonly<Record<string, Writing>> = {
  prune: {
    args: () => [
      ...['prune', model, '--criterion', 'l2', '--amount', '.5', ...data],
      ...['--plan', at('plan.json'), '--out', at('new/folder/small.onnx')],
    ],
  },
  'prune over a model that is there': {
    args: () => [
      'prune',
      model,
      '--criterion',
      'l2',
      '--amount',
      '.5',
      '--plan',
      at('plan.json'),
      '--out',
      at('old.onnx'),
    ],
  },
  'prune with fine-tuning and a journal': {
    args: () => [
      ...['prune', model, '--criterion', 'l2', '--amount', '.5', '--finetune', '1', ...data],
      ...['--journal', at('journal'), '--out', at('small.onnx')],
    ],
    journals: ['journal', 'journal.step1'],
  },
  shrink: {
    args: () => ['shrink', model, join(models, 'small.onnx.plan.json'), '--out', at('new/small.onnx'), '--quiet'],
  },
  convert: { args: () => ['convert', model, '--out', at('model'), '--quiet'] },
  search: {
    args: () => [
      ...['search', model, ...data, ...budget, '--plot', at('front.svg')],
      ...['--journal', at('journal'), '--plan', at('plan.json'), '--out', at('small.onnx')],
    ],
    journals: ['journal'],
  },
  sweep: {
    args: () => [
      ...['sweep', model, ...data, '--criteria', 'l2', '--amounts', '.5', '--plot', at('sweep.svg')],
      ...['--journal', at('journal'), '--out', at('sweep.csv')],
    ],
    journals: ['journal'],
  },
  audit: {
    args: () => [
      ...['audit', model, ...data, '--criteria', 'l2', '--plot', at('audit.svg')],
      ...['--report', at('audit.html'), '--out', at('audit.csv')],
    ],
  },
  ablate: {
    args: () => [
      ...['ablate', model, ...data, '--plot', at('nodes.svg')],
      ...['--report', at('nodes.html'), '--out', at('nodes.csv')],
    ],
  },
  'sensitivity over a plot that is there': {
    args: () => [
      'sensitivity',
      model,
      ...data,
      '--amounts',
      '.5',
      '--out',
      at('layers.csv'),
      '--plot',
      at('layers.svg'),
    ],
  },
};

describe.each(Object.entries(commands))('%s', (name, { args, journals = [] }) => {
  test('leaves the disk as it was, whichever step fails', async () => {
    const prepare = (): Record<string, string> => {
      rmSync(place, { recursive: true });
      mkdirSync(place);
      for (const file of ['old.onnx', 'old.onnx.plan.json', 'plan.json', 'layers.svg'])
        writeFileSync(at(file), `old ${file}`);
      return onDisk();
    };
    const before = prepare();
    expect((await cli(args())).code).toBe(0);
    faults.calls = 0;
    for (faults.at = 1; ; faults.at++) {
      prepare();
      faults.calls = 0;
      const { code, stderr } = await cli(args());
      if (faults.calls < faults.at) break;
      const left = onDisk();
      const where = `${name}, call ${faults.at}: ${faults.failed}`;
      // A link that cannot be made becomes a copy.
      if (faults.failed === 'link' && code === 0) continue;
      expect([where, code, stderr]).toEqual([where, 1, expect.stringContaining('error: ')]);
      for (const journal of journals) delete left[journal];
      expect([where, left]).toEqual([where, before]);
    }
    expect(faults.at).toBeGreaterThan(4);
  }, 60_000);
});
