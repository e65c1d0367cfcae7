import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { denseNetwork, initialize, loadDataset, predictAblation, saveModel, writeNpz } from '../../src/index.js';
import { cli, temporaryFolder } from '../support/cli.js';
import { judges } from '../support/engines.js';

const folder = temporaryFolder();
const network = initialize(denseNetwork([8, 8, 1], [6, 4], 10), { seed: 1 });
const digits = await loadDataset('digits');
let caches = 0;
let given: string | undefined;

/** A cache of its own for each test, not there yet. */
beforeEach(() => {
  given = process.env.SECATEUR_CACHE;
  caches += 1;
  process.env.SECATEUR_CACHE = join(folder, `cache${caches}`);
});
afterEach(() => {
  if (given === undefined) delete process.env.SECATEUR_CACHE;
  else process.env.SECATEUR_CACHE = given;
});

const file = (): string => join(process.env.SECATEUR_CACHE ?? '', 'predictions.json');
const kept = (): Record<string, { intact: number; sweeps: number }> => JSON.parse(readFileSync(file(), 'utf8'));

/** As if the last ablation would take an intact pass of 1000 seconds and sweeps of 50,000. */
function pretend(): void {
  writeFileSync(file(), JSON.stringify(Object.fromEntries(Object.keys(kept()).map((key) => [key, slow]))));
}
const slow = { intact: 1000, sweeps: 50_000 };

describe.each(judges)('predictAblation with $engine.name', ({ engine: { name: engine } }) => {
  test('tells nodes, engine and a time above none', async () => {
    const prediction = await predictAblation(network, digits, { engine });
    expect(prediction).toMatchObject({ nodes: 10, engine });
    expect(prediction.seconds).toBeGreaterThan(0);
    expect(prediction.seconds).toBeLessThan(1000);
  });

  test('keeps what it found, and finds it again for the same job only', async () => {
    await predictAblation(network, digits, { engine });
    pretend();
    const { seconds } = await predictAblation(network, digits, { engine });
    expect(seconds).toBeGreaterThanOrEqual(51_000);
    for (const options of [{ nodes: [1] }, { layers: ['dense_2'] }, { cut: 'mean' }, { threads: 7 }] as const) {
      expect((await predictAblation(network, digits, { engine, ...options })).seconds).toBeLessThan(1000);
    }
    const other = initialize(denseNetwork([8, 8, 1], [6, 4], 10), { seed: 2 });
    expect((await predictAblation(other, digits, { engine })).seconds).toBeLessThan(1000);
  });

  test('the cut at the mean makes one pass more', async () => {
    await predictAblation(network, digits, { engine, cut: 'mean' });
    pretend();
    const { seconds } = await predictAblation(network, digits, { engine, cut: 'mean' });
    expect(seconds).toBeGreaterThanOrEqual(52_000);
  });

  test('does without a cache that is broken or cannot be written', async () => {
    for (const content of ['{', 'null', '[]', '7']) {
      mkdirSync(process.env.SECATEUR_CACHE ?? '', { recursive: true });
      writeFileSync(file(), content);
      expect((await predictAblation(network, digits, { engine })).seconds).toBeLessThan(1000);
      expect(Object.keys(kept())).toHaveLength(1);
    }
    writeFileSync(file(), JSON.stringify(Object.fromEntries(Object.keys(kept()).map((key) => [key, { intact: -1 }]))));
    expect((await predictAblation(network, digits, { engine })).seconds).toBeLessThan(1000);
    writeFileSync(join(folder, 'no-folder'), '');
    process.env.SECATEUR_CACHE = join(folder, 'no-folder');
    expect((await predictAblation(network, digits, { engine })).seconds).toBeLessThan(1000);
  });

  test('ends with the signal and complains as ablate does', async () => {
    const signal = AbortSignal.abort();
    await expect(predictAblation(network, digits, { engine, signal })).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    await expect(predictAblation(network, digits, { engine, layers: ['none'] })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
    });
  });
});

test('the cache keeps the last 200 predictions', async () => {
  mkdirSync(process.env.SECATEUR_CACHE ?? '');
  writeFileSync(file(), JSON.stringify(Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`key${i}`, slow]))));
  await predictAblation(network, digits);
  expect(Object.keys(kept())).toHaveLength(200);
  expect(Object.keys(kept())).toContain('key249');
  expect(Object.keys(kept())).not.toContain('key50');
});

test('secateur ablate says beforehand that a run will be long', async () => {
  const model = join(folder, 'model.onnx');
  await saveModel(network, model);
  const data = join(folder, 'samples.npz');
  const x = Float32Array.from(digits.x.subarray(0, 64 * 20), (value) => value * digits.scale);
  writeFileSync(
    data,
    writeNpz([
      ['x', { type: 'float32', shape: [20, 8, 8, 1], data: x }],
      ['y', { type: 'int32', shape: [20], data: Int32Array.from(digits.y.subarray(0, 20)) }],
    ]),
  );
  const run = () => cli(['ablate', model, '--data', data]);
  expect((await run()).stderr).toBe('');
  pretend();
  expect((await run()).stderr).toMatch(/^10 nodes: this will take about 14 h/);
});
