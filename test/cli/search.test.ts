import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { denseNetwork, initialize, loadModel, nodeCount, saveModel, summarize } from '../../src/index.js';
import { cli, temporaryFolder } from '../support/cli.js';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  await saveModel(initialize(denseNetwork([4], [8, 6], 3), { seed: 3 }), at('model'));
});

const search = (...flags: string[]) => cli(['search', at('model'), '--dataset', 'iris', '--split', 'train', ...flags]);
const lines = (text: string) => text.trim().split('\n');

describe('secateur search', () => {
  test('finds a model within a budget, and writes it with its plan and certificate', async () => {
    const { code, stdout } = await search(
      '--budget-parameters',
      '0.5',
      '--out',
      at('small.onnx'),
      '--plan',
      at('p.json'),
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/at most 57.5 parameters\n\nround +removed +parameters +MACs +crossentropy +accuracy\n/);
    expect(stdout).toMatch(
      /round \d+ is chosen; masked and pruned outputs: proven equal\nlayer +nodes +go +share\n[- ]+\ndense_1/,
    );
    const small = await loadModel(at('small.onnx'));
    expect(summarize(small).parameters).toBeLessThanOrEqual(57);
    const plan = JSON.parse(readFileSync(at('p.json'), 'utf8'));
    expect(JSON.parse(readFileSync(at('small.onnx.plan.json'), 'utf8'))).toEqual(plan);
    const certificate = JSON.parse(readFileSync(at('small.onnx.certificate.json'), 'utf8'));
    expect(certificate).toMatchObject({ holds: true, plan, file: { format: 'onnx' } });
    const gone = plan.nodes.reduce((sum: number, { nodes }: { nodes: number[] }) => sum + nodes.length, 0);
    expect(small.layers.reduce((sum, layer) => sum + nodeCount(layer), 0)).toBe(17 - gone);
    expect((await cli(['verify', at('model'), at('small.onnx'), at('p.json'), '--dataset', 'iris'])).code).toBe(0);
  });

  test('--ndjson tells rounds as they come; --json and --csv all of them', async () => {
    const flags = ['--budget-macs', '0.5', '--step', '0.2'];
    const events = lines((await search(...flags, '--ndjson', '--quiet')).stdout).map((line) => JSON.parse(line));
    const document = JSON.parse((await search(...flags, '--json', '--quiet')).stdout);
    const points = events.filter(({ type }) => type === 'point').map(({ type: _type, ...point }) => point);
    expect(document.points).toEqual(points);
    expect(points[0]).toMatchObject({ criterion: 'ablation', amount: 0, round: 0 });
    const rows = lines((await search(...flags, '--csv', '--quiet')).stdout).map((line) => line.split(','));
    expect(rows[0]!.slice(-3)).toEqual(['chosen', 'dense_1', 'dense_2']);
    expect(rows.slice(1).map((row) => Number(row[2]))).toEqual(points.map(({ removed }) => removed));
    expect(rows.at(-1)!.at(-3)).toBe('1');
  });

  test('--drop holds a floor on samples set apart, --plot draws the front', async () => {
    const { code, stdout } = await search('--drop', '0.5', '--confidence', '0.8', '--plot', at('front.svg'), '--json');
    expect(code).toBe(0);
    const { samples, tests, goal, chosen } = JSON.parse(stdout);
    expect([samples, tests[0].samples]).toEqual([60, 60]);
    expect(goal).toEqual({ cost: 'parameters', budget: null, drop: 0.5, confidence: 0.8 });
    expect(tests.find(({ round }: { round: number }) => round === chosen.round).holds).toBe(true);
    for (const part of ['Search of model', '>chosen<', '>floor<', '>set apart<']) {
      expect(readFileSync(at('front.svg'), 'utf8')).toContain(part);
    }
    const { stdout: other } = await search('--drop', '0.5', '--score-split', 'test', '--json', '--quiet');
    expect([JSON.parse(other).samples, JSON.parse(other).tests[0].samples]).toEqual([30, 120]);
  });

  test('ends with 4 and writes nothing where the floor does not hold within the budget, or nothing holds it', async () => {
    const flags = ['--drop', '0.001', '--out', at('never'), '--plan', at('never.json')];
    const { code, stderr, stdout } = await search(...flags);
    expect([code, stderr]).toEqual([4, expect.stringContaining('no round holds the floor')]);
    expect(stdout).toContain('round 0 is chosen');
    const within = await search(...flags, '--budget-macs', '0.5');
    expect([within.code, within.stderr]).toEqual([4, expect.stringContaining('the floor holds down to round 0 alone')]);
    expect([existsSync(at('never')), existsSync(at('never.json'))]).toEqual([false, false]);
  });

  test('goes on from its journal', async () => {
    const flags = ['--budget-macs', '0.5', '--csv', '--journal', at('search.journal')];
    const first = await search(...flags);
    expect(await search(...flags)).toEqual(first);
    expect((await search('--budget-macs', '0.4', '--journal', at('search.journal'))).code).toBe(2);
  });

  test.each([
    [[], 'one of budgetParameters, budgetMacs, budgetMs, or drop'],
    [['--budget-macs', '0.5', '--budget-ms', '1'], 'budgetMacs and budgetMs'],
    [['--budget-macs', '0.5', '--cost', 'macs'], 'budgetMacs says what is saved'],
    [['--budget-macs', '0.5', '--validation', '0.3'], '--validation: no floor is held'],
    [['--budget-macs', '0.5', '--score-split', 'test'], '--score-split: no floor is held'],
    [['--drop', '0.1', '--score-split', 'train'], 'the floor is held on the same part'],
    [['--drop', '0.1', '--score-split', 'test', '--validation', '0.3'], 'cannot be used with'],
    [['--drop', '1'], 'a share above 0'],
    [['--drop', '0.1', '--confidence', '0.2'], 'from 0.5 to below 1'],
    [['--budget-macs', '0.5', '--step', '2'], 'a share from 0 to below 1'],
    [['--budget-macs', '1'], 'budgetMacs: expected at least'],
    [['--budget-macs', '0.5', '--plot', 'no/such/x.svg'], 'there is no folder'],
    [['--budget-macs', '0.5', '--out', 'x.txt'], 'no model format'],
  ])('%j is refused', async (flags, part) => {
    const { code, stderr } = await search(...flags);
    expect([1, 2]).toContain(code);
    expect(stderr).toContain(part);
  });
});
