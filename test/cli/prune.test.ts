import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { denseNetwork, initialize, loadModel, nodeCount, saveModel } from '../../src/index.js';
import { cli, temporaryFolder } from '../support/cli.js';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const data = ['--dataset', 'iris'];

beforeAll(async () => {
  await saveModel(initialize(denseNetwork([4], [8, 6], 3), { seed: 3 }), at('model'));
});

const prune = (...flags: string[]) => cli(['prune', at('model'), '--criterion', 'l2', ...flags]);
const hidden = async (path: string): Promise<number[]> =>
  (await loadModel(path)).layers.map(nodeCount).filter((count) => count > 0);

describe('secateur prune', () => {
  test.each([
    'small',
    'small.onnx',
    'small.keras',
    'small.h5',
  ])('writes %s with its plan and certificate', async (out) => {
    const { code, stdout } = await prune('--amount', '0.5', '--json', ...data, '--out', at(out));
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({
      holds: true,
      cut: 'weights',
      model: at(out),
      before: { parameters: 115 },
      after: { parameters: 47 },
    });
    expect(document.removed.map(({ nodes }: { nodes: number[] }) => nodes.length)).toEqual([4, 3]);
    expect(await hidden(at(out))).toEqual([4, 3, 3]);
    expect(JSON.parse(readFileSync(at(`${out}.plan.json`), 'utf8')).nodes).toEqual(document.removed);
    expect(JSON.parse(readFileSync(at(`${out}.certificate.json`), 'utf8'))).toMatchObject({ holds: true, version: 1 });
  });

  test('needs no samples for criteria that look at weights alone', async () => {
    const { code, stdout } = await prune('--budget-parameters', '0.5', '--scope', 'global', '--ndjson');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'pruned', schemaVersion: 1, flips: null, before: { loss: null } });
  });

  test('--budget-ms measures in onnxruntime', async () => {
    expect((await prune('--budget-ms', '1000', '--out', at('quick'), '--quiet')).code).toBe(0);
    expect(await hidden(at('quick'))).toEqual([8, 6, 3]);
    const { code, stderr } = await prune('--budget-ms', '1e-9');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/budgetMs: expected at least 0\.\d+, what the smallest/)]);
  });

  test('--mask keeps the size', async () => {
    await prune('--amount', '2', '--mask', '--out', at('masked'), '--quiet');
    expect(await hidden(at('masked'))).toEqual([8, 6, 3]);
    expect((await cli(['verify', at('model'), at('masked'), at('masked.plan.json')])).code).toBe(0);
  });

  test.each([
    [
      ['--pattern', '2:4'],
      [16, 24],
    ],
    [
      ['--amount', '0.25'],
      [8, 12],
    ],
    [
      ['--pattern', 'block:2x4', '--amount', '1', '--layers', 'dense_1'],
      [8, 0],
    ],
  ])('--weights %j makes single weights 0, and proves it', async (flags, counts) => {
    const out = at('sparse.onnx');
    const { code, stdout } = await cli(
      ['prune', at('model'), '--weights', '--criterion', 'magnitude', '--json', ...flags, '--out', out].concat(data),
    );
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    const expected = [32, 48].map((of, i) => ({ layer: `dense_${i + 1}`, count: counts[i], of }));
    expect(document).toMatchObject({ holds: true, removed: [], weights: expected.filter(({ count }) => count) });
    expect(document.after).toMatchObject({ parameters: 115, zeros: document.before.zeros + counts[0]! + counts[1]! });
    expect((await cli(['verify', at('model'), out, `${out}.plan.json`, ...data])).code).toBe(0);
    expect((await cli(['verify', at('model'), at('model'), `${out}.plan.json`])).code).toBe(4);
  });

  test('the output layer loses nothing unless it is asked for: then weights go, and nodes are refused', async () => {
    const weights = ['prune', at('model'), '--weights', '--criterion', 'magnitude', '--amount', '.5', '--json'];
    const layersOf = async (...flags: string[]): Promise<string[]> =>
      JSON.parse((await cli([...weights, ...flags])).stdout).weights.map(({ layer }: { layer: string }) => layer);
    expect(await layersOf()).toEqual(['dense_1', 'dense_2']);
    expect(await layersOf('--layers', 'output')).toEqual(['output']);
    const { code, stderr } = await prune('--amount', '1', '--layers', 'output');
    expect([code, stderr]).toEqual([2, expect.stringContaining('no node of layer "output" can go: they are what')]);
  });

  test('--early-stopping and schedules of the rate are those of training', async () => {
    const flags = ['--amount', '.5', '--finetune', '30', '--lr', '.1', '--early-stopping', '1', '--ndjson', '--quiet'];
    const { stdout, code } = await prune(
      ...flags,
      '--lr-schedule',
      'cosine',
      '--lr-warmup',
      '1',
      ...data,
      '--out',
      at('stopped'),
    );
    expect(code).toBe(0);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const losses = events.filter(({ type }) => type === 'epoch').map(({ valLoss }) => valLoss);
    expect(losses.length).toBeLessThan(30);
    expect(losses.at(-1)).toBeGreaterThanOrEqual(losses.at(-2));
    const { plan } = JSON.parse(readFileSync(at('stopped.certificate.json'), 'utf8'));
    expect(plan.made.finetune).toMatchObject({
      earlyStopping: { patience: 1 },
      rates: { schedule: 'cosine', warmUp: 1 },
    });
  });

  test('--finetune, --schedule and --steps prune in steps, train behind each and tell so', async () => {
    const flags = ['--amount', '0.5', '--schedule', 'cubic', '--steps', '2', '--finetune', '10', '--lr', '0.01'];
    const taylor = ['prune', at('model'), '--criterion', 'taylor', '--json', '--out', at('tuned.onnx')];
    const { code, stdout, stderr } = await cli([...taylor, ...flags, ...data]);
    expect([code, stderr]).toEqual([0, expect.stringContaining('step 2 of 2: 50.00 % gone, 7 nodes')]);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ holds: true, after: { parameters: 47 } });
    expect(document.after.loss).toBeLessThan(document.before.loss);
    expect(await hidden(at('tuned.onnx'))).toEqual([4, 3, 3]);
    const certificate = JSON.parse(readFileSync(at('tuned.onnx.certificate.json'), 'utf8'));
    const verified = ['verify', at('model'), at('tuned.onnx'), at('tuned.onnx.plan.json'), ...data];
    const { stdout: found } = await cli([...verified, '--split', 'train']);
    expect(found).toMatch(
      /is what came of .* to the last bit\n(.*\n)*the loss is the one that was certified\nthe file in onnxruntime/,
    );
    expect(JSON.parse((await cli([...verified, '--json'])).stdout)).toMatchObject({
      proof: 'identity',
      lossAgrees: null,
    });
    const foreign = await cli([...verified, '--certificate', at('small.certificate.json')]);
    expect([foreign.code, foreign.stderr]).toEqual([4, expect.stringContaining('another original or plan')]);
    expect(certificate.plan.made).toMatchObject({ schedule: 'cubic', steps: 2, finetune: { epochs: 10, seed: 0 } });
  });

  test('--ndjson streams steps and epochs, then what came of them', async () => {
    const flags = ['--amount', '0.5', '--steps', '2', '--finetune', '2', '--ndjson', '--quiet', ...data];
    const events = (await prune(...flags)).stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const told = events.filter(({ type }) => type !== 'progress');
    const step = ['step', 'start', 'epoch', 'epoch', 'done'];
    expect(told.map(({ type }) => type)).toEqual([...step, ...step, 'pruned']);
    expect(told.map(({ step: number }) => number)).toEqual([...Array(5).fill(1), ...Array(5).fill(2), undefined]);
    expect(told[0]).toMatchObject({ schemaVersion: 1, amount: 0.25, nodes: 2 + Math.round(6 / 4), weights: 0 });
    expect(told.at(-1)).toMatchObject({ holds: true, after: { parameters: 47 } });
  });

  test('--journal and --rewind: the same command ends with the same bytes', async () => {
    const flags = ['--amount', '0.5', '--steps', '2', '--finetune', '1', ...data, '--rewind', at('model'), '--quiet'];
    const bytes = [];
    for (const out of ['first.onnx', 'second.onnx']) {
      await prune(...flags, '--journal', at('prune.journal'), '--out', at(out));
      bytes.push(readFileSync(at(out)));
    }
    await prune(...flags, '--out', at('third.onnx'));
    expect(bytes).toEqual([readFileSync(at('third.onnx')), readFileSync(at('third.onnx'))]);
  });

  test('--cut mean takes means over the samples, and asks for them', async () => {
    expect((await prune('--amount', '1', '--cut', 'mean', ...data, '--quiet')).code).toBe(0);
    const { code, stderr } = await prune('--amount', '1', '--cut', 'mean');
    expect([code, stderr]).toEqual([2, expect.stringContaining('means are taken over samples')]);
  });

  test.each([
    [['--amount', '0.5', '--threshold', '1'], 'exactly one of'],
    [[], 'exactly one of'],
    [['--amount', '0.5', '--layers', 'x'], 'names of layers'],
    [['--amount', '0.5', '--budget-ms', '1'], 'amount and budgetMs'],
    [['--budget-ms', '0'], 'a number above 0'],
    [['--pattern', '2:4'], 'is for single weights'],
    [['--amount', '0.5', '--lr', '0.1'], 'nothing is trained'],
    [['--amount', '0.5', '--finetune', '1'], 'needs labelled samples'],
    [['--amount', '3', '--steps', '2'], 'towards a share'],
    [['--weights', '--pattern', '2:4'], 'scores no weights'],
    [['--weights', '--budget-macs', '1'], 'is for nodes'],
    [['--amount', '0.5', '--out', at('model/model.json/x.onnx')], 'model.json'],
    [['--amount', '0.5', '--out', 'x.txt'], 'no model format'],
  ])('%j is refused and leaves nothing behind', async (flags, part) => {
    const { code, stderr } = await prune(...flags);
    expect(code).not.toBe(0);
    expect(stderr).toContain(part);
  });

  test.each([
    [[], 'amount 5000: only so many nodes could go: 7 of "dense_1", 5 of "dense_2"'],
    [['--scope', 'global'], 'amount 5000: only 12 nodes could go'],
    [['--weights', '--scope', 'global', '--criterion', 'magnitude'], 'amount 5000: only 78 weights could go'],
  ])('an amount that cannot be reached is told: %j', async (flags, notice) => {
    const { code, stderr } = await prune('--amount', '5000', ...flags, '--out', at('least.onnx'));
    expect([code, stderr]).toEqual([0, expect.stringContaining(`notice: ${notice}\n`)]);
    expect(await prune('--amount', '1', '--quiet')).toMatchObject({ code: 0, stderr: '' });
  });

  test('leaves everything as it was if the model cannot be written', async () => {
    writeFileSync(at('blocked.onnx.plan.json'), 'old');
    mkdirSync(at('blocked.onnx'));
    const { code } = await prune('--amount', '0.5', '--out', at('blocked.onnx'), '--quiet');
    expect(code).toBe(1);
    expect(readFileSync(at('blocked.onnx.plan.json'), 'utf8')).toBe('old');
    expect(existsSync(at('blocked.onnx.certificate.json'))).toBe(false);
  });

  test('a folder that was made for the model goes again if the command fails', async () => {
    const { code } = await prune('--budget-parameters', '1', '--out', at('new/folder/small.onnx'), '--quiet');
    expect(code).not.toBe(0);
    expect(existsSync(at('new'))).toBe(false);
  });

  test.runIf(existsSync('/proc/self'))('a folder that the system does not make ends the command at once', async () => {
    const { code, stderr } = await prune('--amount', '0.5', '--out', '/proc/secateur/deep/small.onnx');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: \/proc\/secateur\/deep: the folder cannot be made: /);
  });
});

describe('secateur shrink and verify', () => {
  beforeAll(async () => {
    await prune('--amount', '0.5', '--out', at('cut'), '--quiet');
  });

  test('shrink makes the same network again, in any format', async () => {
    const { code, stdout } = await cli([
      'shrink',
      at('model'),
      at('cut.plan.json'),
      '--out',
      at('again.onnx'),
      '--csv',
    ]);
    expect([code, stdout.split('\n')[1]]).toEqual([0, 'parameters,115,47']);
    expect((await cli(['verify', at('model'), at('again.onnx'), at('cut.plan.json'), ...data])).code).toBe(0);
  });

  test('verify ends with 4 when the models do not belong together', async () => {
    const { code, stderr } = await cli(['verify', at('model'), at('model'), at('cut.plan.json')]);
    expect([code, stderr]).toEqual([4, expect.stringContaining('differs by')]);
    const none = await cli([
      'verify',
      at('model'),
      at('cut'),
      at('cut.plan.json'),
      '--certificate',
      at('nothing.json'),
    ]);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('there is no such file')]);
  });

  test('verify says what of its input is wrong: a plan, a model, its shape, a head', async () => {
    await saveModel(initialize(denseNetwork([5], [8, 6], 3), { seed: 3 }), at('wider'));
    await saveModel(initialize(denseNetwork([4], [4, 3], 2), { seed: 3 }), at('fewer'));
    const bytes = readFileSync(at('again.onnx'));
    writeFileSync(at('cut.onnx'), bytes.subarray(0, bytes.length / 2));
    const before = readdirSync(folder).sort();
    for (const [original, shrunk, plan, code, part] of [
      ['wider', 'cut', 'cut.plan.json', 1, 'made for another network'],
      ['model', 'cut', 'tuned.onnx.plan.json', 4, 'another original or plan'],
      ['model', 'cut.onnx', 'cut.plan.json', 1, 'cut.onnx'],
      ['model', 'nothing.onnx', 'cut.plan.json', 1, 'nothing.onnx'],
      ['model', 'wider', 'cut.plan.json', 1, 'the input is [4] before and [5] after'],
      ['model', 'fewer', 'cut.plan.json', 1, 'the output is [3] before and [2] after'],
      ['model', 'cut', 'nothing.json', 1, 'there is no such file'],
      ['model', 'cut', 'cut.certificate.json', 1, 'no pruning plan'],
    ] as const) {
      const found = await cli(['verify', at(original), at(shrunk), at(plan), ...data]);
      expect([shrunk, plan, found.code, found.stderr]).toEqual([shrunk, plan, code, expect.stringContaining(part)]);
    }
    const head = await cli(['verify', at('model'), at('cut'), at('cut.plan.json'), '--head', 'dense_1']);
    expect([head.code, head.stderr]).toEqual([
      2,
      expect.stringMatching(/no output "dense_1"\nhint: its outputs: output/),
    ]);
    expect(readdirSync(folder).sort()).toEqual(before);
  });

  test('a plan for another model, or no plan, is refused', async () => {
    writeFileSync(at('broken.json'), '{');
    for (const [model, plan, part] of [
      ['cut', 'cut.plan.json', 'made for another network'],
      ['model', 'broken.json', 'no JSON'],
      ['model', 'cut.certificate.json', 'no pruning plan'],
      ['model', 'nothing.json', 'there is no such file'],
    ] as const) {
      const { code, stderr } = await cli(['shrink', at(model), at(plan), '--out', at('never')]);
      expect([code, stderr]).toEqual([1, expect.stringContaining(part)]);
    }
    expect(existsSync(at('never'))).toBe(false);
  });
});
