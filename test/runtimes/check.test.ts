import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { saveModel } from '../../src/formats/index.js';
import {
  createNetwork,
  denseNetwork,
  initialize,
  type LayerSpec,
  type Network,
  presets,
} from '../../src/network/index.js';
import { checkFile, measureLatency } from '../../src/runtimes/index.js';
import { file, node } from '../formats/onnx/handBuilt.js';

const folder = mkdtempSync(join(tmpdir(), 'secateur-check-'));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const network = (seed: number): Network => initialize(presets.cnn([12, 12, 3], 4), { seed });
const paths = ['m', 'm.onnx', 'm.keras', 'm.h5'];

describe.for(paths)('the runtime of %s', (name) => {
  test('computes what the network computes, images in their layout', async () => {
    await saveModel(network(1), at(name));
    const { maxAbsDifference, tolerance } = await checkFile(at(name), network(1));
    expect(maxAbsDifference).toBeLessThanOrEqual(tolerance as number);
    expect(maxAbsDifference).toBeGreaterThan(0);
  });

  test('finds a network out that is another by one weight', async () => {
    await saveModel(network(1), at(name));
    const other = network(1);
    const { kernel } = other.layers.findLast(({ weights }) => weights.kernel)!.weights;
    kernel!.data[0]! += 1e-3;
    await expect(checkFile(at(name), other)).rejects.toMatchObject({
      code: 'ERR_GATE',
      message: expect.stringMatching(/outputs that differ by 0\.0/),
    });
  });
});

test('a file for a fixed number of samples is run as many at a time', async () => {
  writeFileSync(at('three.onnx'), file({ input: [3, 5], nodes: [node('Relu', ['x'], 'y')] }));
  const relu = createNetwork({
    layers: [
      { name: 'x', kind: 'input', config: { shape: [5] } },
      { name: 'y', kind: 'activation', config: { fn: 'relu' } },
    ],
  });
  expect(await checkFile(at('three.onnx'), relu)).toMatchObject({ samples: 16, maxAbsDifference: 0 });
});

test('grouped convolutions in a Keras file are beyond tfjs, which is said', async () => {
  const layers: LayerSpec[] = [
    { name: 'in', kind: 'input', config: { shape: [5, 5, 4] } },
    { name: 'g', kind: 'conv2d', config: { filters: 4, kernelSize: [3, 3], groups: 2 } },
  ];
  const grouped = initialize({ layers }, { seed: 1 });
  await saveModel(grouped, at('g.keras'));
  expect(await checkFile(at('g.keras'), grouped)).toMatchObject({
    runtime: null,
    reason: expect.stringContaining('"g"'),
    maxAbsDifference: null,
  });
});

test('a runtime that is not installed is said', async () => {
  vi.doMock('onnxruntime-node', () => {
    throw Object.assign(new Error('no'), { code: 'ERR_MODULE_NOT_FOUND' });
  });
  vi.resetModules();
  const again = await import('../../src/runtimes/index.js');
  await saveModel(network(1), at('m.onnx'));
  expect((await again.checkFile(at('m.onnx'), network(1))).reason).toMatch(/onnxruntime-node: /);
  await expect(again.measureLatency([network(1)])).rejects.toMatchObject({ code: 'ERR_BACKEND' });
  vi.doUnmock('onnxruntime-node');
  vi.resetModules();
});

test('times are medians of as many passes of each network, the larger one slower', async () => {
  const [small, large] = [
    initialize(denseNetwork([64], [16], 4), { seed: 1 }),
    initialize(denseNetwork([64], [2048, 2048], 4), { seed: 1 }),
  ];
  const { times, batch, runs, runtime } = await measureLatency([large, small], { batch: 4 });
  expect([batch, runtime]).toEqual([4, expect.stringMatching(/^onnxruntime \d/)]);
  expect(runs).toBeGreaterThanOrEqual(9);
  for (const { median, quartiles } of times) {
    expect(quartiles[0]).toBeLessThanOrEqual(median);
    expect(median).toBeLessThanOrEqual(quartiles[1]);
  }
  expect(times[0]!.median).toBeGreaterThan(times[1]!.median);
});
