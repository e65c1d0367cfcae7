import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { engineInfo } from '../../src/index.js';
import { builtCli, cli, root, temporaryFolder } from '../support/cli.js';
import { judges } from '../support/engines.js';
import { slack, tolerances } from '../support/tolerance.js';

const folder = temporaryFolder();
const model = join(root, 'examples/digits.onnx');
const data = ['--dataset', 'digits', '--limit', '200', '--quiet'];
const few = ['--layers', '/fc1/Gemm'];

/** Commands that compute. What they print tells no times, or in members that are left out. */
const commands: Readonly<Record<string, readonly string[]>> = {
  evaluate: ['evaluate', model, ...data, '--json'],
  ablate: ['ablate', model, ...data, '--csv'],
  'ablate --per-class': ['ablate', model, ...data, ...few, '--per-class', '--csv'],
  'ablate --cut mean': ['ablate', model, ...data, ...few, '--cut', 'mean', '--csv'],
  'ablate --adaptive': ['ablate', model, ...data, ...few, '--adaptive', '0.9', '--seed', '5', '--csv'],
  'ablate --pairs': ['ablate', model, ...data, ...few, '--nodes', '0-3', '--pairs', '--csv'],
  'ablate --groups': ['ablate', model, ...data, '--groups', 'channels', '--csv'],
  'ablate --cumulative': ['ablate', model, ...data, '--cumulative', 'l1', '--csv'],
  'score importance': ['score', model, ...data, '--criterion', 'importance', '--csv'],
  'score shapley': [
    'score',
    model,
    '--dataset',
    'digits',
    '--limit',
    '64',
    '--quiet',
    '--criterion',
    'shapley',
    '--csv',
  ],
  audit: ['audit', model, ...data, ...few, '--criteria', 'l1,taylor', '--json'],
  sweep: ['sweep', model, ...data, '--criteria', 'l1,taylor', '--amounts', '.3,.6', '--csv'],
  sensitivity: ['sensitivity', model, ...data, '--amounts', '.5', '--csv'],
  prune: [
    'prune',
    model,
    ...data,
    '--criterion',
    'taylor',
    '--amount',
    '.5',
    '--plan',
    join(folder, 'plan.json'),
    '--json',
  ],
};

const pruned = ['--criterion', 'taylor', '--amount', '.3'];

/** Commands that write files: their arguments for a folder, which may have files of a prune in it already. */
const writers: Readonly<Record<string, (folder: string, before: string) => readonly string[]>> = {
  inspect: (_, before) => ['inspect', join(before, 'small.onnx'), '--quiet'],
  'score --weights': (to) => ['score', model, ...data, '--criterion', 'snip', '--weights', '--out', join(to, 'w.npz')],
  search: (to) => ['search', model, ...data, '--budget-parameters', '.5', '--seed', '3', '--out', join(to, 's.onnx')],
  'prune --weights': (to) => [
    ...['prune', model, ...data, '--weights', '--criterion', 'magnitude', '--amount', '.5'],
    ...['--out', join(to, 'w.onnx')],
  ],
  'prune --finetune': (to) => [
    ...['prune', model, ...data, ...pruned, '--finetune', '1', '--seed', '3'],
    ...['--out', join(to, 'small.onnx')],
  ],
  shrink: (to, before) => [
    ...['shrink', model, join(before, 'small.onnx.plan.json'), ...data, '--out', join(to, 'small.onnx')],
  ],
  verify: (_, before) => [
    ...['verify', model, join(before, 'small.onnx'), join(before, 'small.onnx.plan.json'), ...data],
  ],
  convert: (to) => ['convert', model, '--out', join(to, 'model.keras'), '--quiet'],
  train: (to) => [
    ...['train', '--dataset', 'iris', '--epochs', '2', '--seed', '4', '--quiet'],
    ...['--out', join(to, 'model.onnx')],
  ],
  study: (to) => ['study', 'iris-threshold', '--quick', '--trials', '1', '--seed', '2', '--quiet', '--out', to],
};

/** What changes no bit of a result. */
const settings = [
  ['--threads', '2'],
  ['--threads', '3', '--memory', '64MiB'],
];

/** An audit's trusted criteria stand in the order of their times. */
const untimed = (key: string, value: unknown): unknown => {
  if (/seconds|verdict|latency/i.test(key)) return 0;
  return key === 'trusted' && Array.isArray(value) ? value.toSorted() : value;
};

const withoutTimes = (printed: string): string =>
  printed.startsWith('{') ? JSON.stringify(JSON.parse(printed, untimed)) : printed;

async function printed(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cli(args);
  expect([code, stderr]).toEqual([0, '']);
  return withoutTimes(stdout);
}

test.each(Object.keys(commands))('%s prints the same bytes whatever threads and memory it has', async (name) => {
  const command = [...commands[name]!, '--engine', judges.at(-1)!.engine.name];
  const expected = await printed([...command, '--threads', '1']);
  for (const setting of settings) expect(await printed([...command, ...setting])).toBe(expected);
});

/** Times aside, what a command prints and every file below its folder. */
async function left(name: string, before: string): Promise<Record<string, string>> {
  const to = mkdtempSync(join(folder, 'run-'));
  const { code, stdout, stderr } = await cli([...writers[name]!(to, before), '--json']);
  expect([code, stderr]).toEqual([0, '']);
  const files = readdirSync(to, { recursive: true, encoding: 'utf8' }).toSorted();
  const bytes = files
    .filter((file) => statSync(join(to, file)).isFile())
    .map((file) => [file, withoutTimes(readFileSync(join(to, file), 'latin1'))]);
  return { ...Object.fromEntries(bytes), printed: withoutTimes(stdout).replaceAll(to, '') };
}

test.each(Object.keys(writers))('%s writes the same bytes again', async (name) => {
  const before = mkdtempSync(join(folder, 'before-'));
  await cli(['prune', model, ...data, ...pruned, '--out', join(before, 'small.onnx')]);
  expect(await left(name, before)).toEqual(await left(name, before));
});

const driver = fileURLToPath(new URL('../support/golden.mjs', import.meta.url));
const golden = JSON.parse(readFileSync(new URL('../fixtures/golden.json', import.meta.url), 'utf8'));

function compute(which: string, env: NodeJS.ProcessEnv = {}) {
  const options = { encoding: 'utf8', env: { ...process.env, ...env } } as const;
  return JSON.parse(execFileSync(process.execPath, [driver, which], options));
}

beforeAll(() => void builtCli());

test('what no instruction set changes has the hashes that it always had', () => {
  expect(compute('everywhere')).toEqual(golden.everywhere);
});

const { addon } = engineInfo();
// Logarithms and exponentials come from the C library of the machine.
const known = addon.found && process.platform === 'linux' && process.arch === 'x64';
if (!known) process.stderr.write('skipped: hashes of the native engine: they are those of Linux on x64\n');

describe.skipIf(!known)('an instruction set', () => {
  const sets = addon.found ? addon.supported : [];

  test('has the hashes that it always had, and losses as near to all others as each is to the exact ones', () => {
    const computed = sets.map((set) => compute('native', { SECATEUR_ISA: set }));
    for (const { set, hashes } of computed) expect({ set, hashes }).toEqual({ set, hashes: golden[set] });
    const [first, ...others] = computed.map(({ losses }) => losses as number[]);
    for (const losses of others) {
      for (const [i, loss] of losses.entries()) {
        expect(Math.abs(loss - first![i]!)).toBeLessThanOrEqual(2 * slack(tolerances.ablatedLoss, first![i]!));
      }
    }
  });
});
