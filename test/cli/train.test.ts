import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { layerKinds, loadModel, writeNpz } from '../../src/index.js';
import { cli, temporaryFolder } from '../support/cli.js';

const folder = temporaryFolder();
const trainIris = (...flags: string[]) =>
  cli(['train', '--dataset', 'iris', '--hidden', '6', '--epochs', '3', '--lr', '0.01', '--quiet', ...flags]);
const lines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('secateur train', () => {
  test('--ndjson streams start, epochs, the test figures and done', async () => {
    const { code, stdout } = await trainIris('--ndjson');
    expect(code).toBe(0);
    const events = lines(stdout).filter(({ type }) => type !== 'progress');
    expect(events.map(({ type }) => type)).toEqual(['start', 'epoch', 'epoch', 'epoch', 'evaluation', 'done']);
    expect(events[0]).toMatchObject({ schemaVersion: 1, samples: 120, lossName: 'crossentropy', optimizer: 'adam' });
    expect(Object.keys(events[1])).toEqual(
      expect.arrayContaining(['epoch', 'loss', 'accuracy', 'valLoss', 'valAccuracy', 'seconds']),
    );
    expect(events[3].loss).toBeLessThan(events[1].loss);
    expect(events[4]).toMatchObject({ samples: 30, accuracy: events[3].valAccuracy });
    expect(events[5].model).toBeNull();
  });

  test.each([
    ['a folder', 'iris', 'iris/model.json'],
    ['an ONNX file', 'iris.onnx', 'iris.onnx'],
  ])('--out saves the network as %s', async (_what, out, file) => {
    const { stdout } = await trainIris('--json', '--out', join(folder, out));
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, model: join(folder, out), history: [{}, {}, {}] });
    const network = await loadModel(join(folder, file));
    const kinds = network.layers.map(({ kind }) => kind);
    expect(kinds).toEqual(['input', 'dense', 'activation', 'dense', 'activation']);
    for (const kind of kinds) expect(layerKinds).toContain(kind);
  });

  test('the same seed trains the same network, another one another', async () => {
    const history = async (seed: string) =>
      JSON.parse((await trainIris('--json', '--seed', seed)).stdout).history.map(({ loss }: { loss: number }) => loss);
    const first = await history('7');
    expect(await history('7')).toEqual(first);
    expect(await history('8')).not.toEqual(first);
  });

  test('--early-stopping judges by samples set apart and keeps the network of the best epoch', async () => {
    const flags = ['--early-stopping', '3', '--validation', '0.25', '--epochs', '40', '--lr', '0.3', '--json'];
    const { history, bestEpoch, evaluation } = JSON.parse((await trainIris(...flags)).stdout);
    const losses = history.map(({ valLoss }: { valLoss: number }) => valLoss);
    expect(bestEpoch).toBe(1 + losses.indexOf(Math.min(...losses)));
    expect(history).toHaveLength(bestEpoch + 3);
    expect(evaluation.samples).toBe(30);
    const { stdout } = await trainIris('--validation', '0.25', '--ndjson');
    expect(lines(stdout)[0]).toMatchObject({ samples: 90 });
  });

  test('--lr-schedule and its kin move the learning rate', async () => {
    const losses = async (...flags: string[]) =>
      JSON.parse((await trainIris('--json', ...flags)).stdout).history.map(({ loss }: { loss: number }) => loss);
    const plain = await losses();
    const stepped = await losses('--lr-schedule', 'step', '--lr-factor', '0.5', '--lr-every', '2');
    expect(stepped.slice(0, 2)).toEqual(plain.slice(0, 2));
    expect(stepped[2]).not.toBe(plain[2]);
    expect((await losses('--lr-warmup', '1'))[0]).not.toBe(plain[0]);
  });

  test('--journal ends with the bytes of the undisturbed run', async () => {
    const weights = (name: string) => readFileSync(join(folder, name));
    const journal = join(folder, 'run.journal');
    await trainIris('--seed', '5', '--out', join(folder, 'whole.onnx'));
    const seed = ['--seed', '5', '--journal', journal];
    await trainIris(...seed, '--out', join(folder, 'first.onnx'));
    await trainIris(...seed, '--out', join(folder, 'second.onnx'));
    expect(weights('first.onnx')).toEqual(weights('whole.onnx'));
    expect(weights('second.onnx')).toEqual(weights('whole.onnx'));
    const other = await trainIris('--seed', '6', '--journal', journal);
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('another')]);
  });

  test('takes presets and .npz files; without a test split there are no test figures', async () => {
    const npz = join(folder, 'own.npz');
    const x = Float32Array.from({ length: 40 * 9 }, (_, i) => Math.sin(i));
    const y = Int32Array.from({ length: 40 }, (_, i) => i % 4);
    writeFileSync(
      npz,
      writeNpz([
        ['x', { type: 'float32', shape: [40, 3, 3, 1], data: x }],
        ['y', { type: 'int32', shape: [40], data: y }],
      ]),
    );
    const { code, stdout } = await cli([
      'train',
      '--data',
      npz,
      '--network',
      'multi',
      '--epochs',
      '1',
      '--json',
      '--quiet',
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ evaluation: null, history: [{ valLoss: null, valAccuracy: null }] });
  });

  test('prints a line an epoch and the test figures', async () => {
    const { stdout, stderr } = await cli(['train', '--dataset', 'iris', '--hidden', '4', '--epochs', '2']);
    expect(stdout).toMatch(/^Training on iris \(train\)\n\d+ parameters, 120 samples/);
    expect(stdout).toMatch(/\n +epoch +loss .*\n +1 .* s\n +2 .* s\n\ntest split, 30 samples: crossentropy/);
    expect(stderr).toContain('--out MODEL keeps it');
  });

  test('--csv has a line an epoch', async () => {
    const [header, ...rows] = (await trainIris('--csv')).stdout.trimEnd().split('\n');
    expect(header).toBe('epoch,loss,accuracy,valLoss,valAccuracy,seconds');
    expect(rows.map((row) => row.split(',')[0])).toEqual(['1', '2', '3']);
  });
});

describe('secateur train refuses', () => {
  test.each([
    ['--hidden 0', 2, /Expected layer widths/],
    ['--hidden 4 --network single', 2, /cannot be used with/],
    ['--optimizer magic', 2, /Allowed choices are adam/],
    ['--backend abacus', 2, /Allowed choices are tfjs-node-gpu, tfjs-node/],
    ['--epochs 0', 2, /Expected an integer/],
    ['--lr 0', 2, /Expected a number above 0/],
    ['--backend tfjs-node-gpu', 1, /tfjs-node-gpu/],
  ])('%s', async (flags, exit, message) => {
    const { code, stdout, stderr } = await cli(['train', '--dataset', 'iris', '--quiet', ...flags.split(' ')]);
    expect([code, stdout]).toEqual([exit, '']);
    expect(stderr).toMatch(message);
  });

  test('a path of no known format, before the training', async () => {
    const out = join(folder, 'model.pickle');
    const { code, stdout, stderr } = await trainIris('--out', out);
    expect([code, stdout, existsSync(out)]).toEqual([1, '', false]);
    expect(stderr).toMatch(/model.pickle: no model format/);
  });

  test('targets that are no classes', async () => {
    const npz = join(folder, 'targets.npz');
    writeFileSync(
      npz,
      writeNpz([
        ['x', { type: 'float32', shape: [2, 1], data: new Float32Array(2) }],
        ['y', { type: 'float32', shape: [2], data: new Float32Array(2) }],
      ]),
    );
    const { code, stderr } = await cli(['train', '--data', npz]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/holds no classes/);
  });
});
