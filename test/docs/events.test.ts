import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands/index.js';
import { denseNetwork, initialize, saveModel } from '../../src/index.js';
import { cli, root, temporaryFolder } from '../support/cli.js';

const page = readFileSync(join(root, 'docs/cli.md'), 'utf8');
const table = page.slice(page.indexOf('## Events'), page.indexOf('## Flags'));
const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, word]) => word!);

/** The rows of the page: which commands, and which types of events they tell. */
const rows = [...table.matchAll(/^\| (`[^|]*) \| ([^|]*) \|$/gm)].map(([, asked = '', told = '']) => ({
  asked: quoted(asked),
  told,
}));

const folder = temporaryFolder();
const model = join(folder, 'model.onnx');
const data = ['--dataset', 'digits', '--limit', '40'];
const few = ['--criteria', 'l2', '--amounts', '0.5'];

/** A run of each command that has a row of its own, so that it tells all that the row says. */
const runs: Readonly<Record<string, readonly string[]>> = {
  ablate: ['ablate', model, ...data],
  study: ['study', 'importance-propagation', '--quick', '--trials', '1'],
  'ablate --groups': ['ablate', model, ...data, '--groups', 'channels'],
  'ablate --cumulative': ['ablate', model, ...data, '--cumulative', 'l2', '--layers', 'dense_2'],
  'ablate --pairs': ['ablate', model, ...data, '--pairs', '--layers', 'dense_2'],
  train: ['train', ...data, '--hidden', '4', '--epochs', '1', '--out', join(folder, 'trained')],
  'prune --steps': [
    ...['prune', model, ...data, '--criterion', 'l2', '--amount', '0.5'],
    ...['--steps', '2', '--finetune', '1', '--out', join(folder, 'small.onnx')],
  ],
  score: ['score', model, ...data, '--criterion', 'importance'],
  audit: ['audit', model, ...data, '--criteria', 'l2,bn-scale'],
  sweep: ['sweep', model, ...data, ...few],
  sensitivity: ['sensitivity', model, ...data, '--amounts', '0.5'],
  search: ['search', model, ...data, '--drop', '0.99', '--confidence', '0.5'],
};

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  await saveModel(initialize(denseNetwork([8, 8, 1], [6, 4], 10), { seed: 2 }), model);
  writeFileSync(join(folder, 'empty'), '');
});

test('docs/cli.md says of every command what it tells', () => {
  const named = rows.flatMap(({ asked }) => asked.map((words) => words.split(' ')[0]!));
  expect([...new Set(named)].filter((name) => !name.startsWith('-')).sort()).toEqual(Object.keys(commands).sort());
  const streams = rows.filter(({ told }) => !told.startsWith('one,'));
  expect(streams.map(({ asked }) => asked[0])).toEqual(Object.keys(runs));
});

/** Types that a run tells only of some networks and data. */
const sometimes = ['progress', 'refused', 'notice', 'cell'];

test.each(rows.filter(({ told }) => !told.startsWith('one,')))('$asked.0 tells what its row says', async (row) => {
  const { code, stdout, stderr } = await cli([...runs[row.asked[0]!]!, '--ndjson']);
  expect(code, stderr).toBe(0);
  const types = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).type as string);
  const said = quoted(row.told);
  const told = new Set(types);
  expect([...told].filter((type) => type !== 'progress' && !quoted(row.told).includes(type))).toEqual([]);
  expect(said.filter((type) => !told.has(type) && !sometimes.includes(type))).toEqual([]);
});
