import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { forwardAll } from '../../src/engine/outputs.js';
import { referenceEngine } from '../../src/engine/reference/index.js';
import { loadModel, saveModel } from '../../src/formats/index.js';
import type { Network } from '../../src/network/index.js';
import { checkFile } from '../../src/runtimes/index.js';
import { temporaryFolder } from '../support/cli.js';
import { expectClose, tolerances } from '../support/tolerance.js';
import { twoHeads } from '../support/twoHeads.js';

const folder = temporaryFolder();
const network = twoHeads();
const x = Float32Array.from({ length: 3 * 72 }, (_, i) => Math.sin(i));
const computed = (of: Network) => forwardAll(referenceEngine.compile(of), { x, count: 3, scale: 1 });

test.each(['heads', 'heads.onnx', 'heads.keras', 'heads.h5'])('two outputs go into %s and come back', async (name) => {
  const path = join(folder, name);
  await saveModel(network, path);
  const back = await loadModel(path);
  const [ours, theirs] = [await computed(network), await computed(back)];
  expect(theirs.length).toBe(2);
  for (const [i, own] of ours.entries()) expectClose(theirs[i]!, own, tolerances.exact, `output ${i}`);
  const { runtime, maxAbsDifference, tolerance } = await checkFile(path, network);
  expect(runtime).toMatch(/tfjs|onnxruntime/);
  expect(maxAbsDifference).toBeLessThanOrEqual(tolerance as number);
});

test.each(['other', 'other.onnx'])("%s is refused if its second output is another network's", async (name) => {
  const other = twoHeads();
  other.layers.find((layer) => layer.name === 'classes')!.weights.kernel!.data[0]! += 1e-3;
  await saveModel(network, join(folder, name));
  await expect(checkFile(join(folder, name), other)).rejects.toMatchObject({ code: 'ERR_GATE' });
});

test('the loss that all outputs have is kept', async () => {
  const path = join(folder, 'loss/model.json');
  await saveModel({ ...network, loss: 'binary-crossentropy' }, path);
  const { trainingConfig } = JSON.parse(readFileSync(path, 'utf8'));
  expect(trainingConfig.loss).toEqual(['binary_crossentropy', 'binary_crossentropy']);
  expect((await loadModel(path)).loss).toBe('binary-crossentropy');
});
