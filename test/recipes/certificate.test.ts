import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { evaluate, predict } from '../../src/engine/index.js';
import { loadModel, saveModel } from '../../src/formats/index.js';
import {
  initialize,
  type LayerSpec,
  type Network,
  networkDigest,
  summarize,
  withWeights,
} from '../../src/network/index.js';
import { certify, maskNetwork } from '../../src/pruning/index.js';
import { type PruneResult, prune, type SavedCertificate, savePruned } from '../../src/recipes/index.js';
import { tensor } from '../../src/tensor/tensor.js';
import { createRandom } from '../../src/util/random.js';
import { cli, temporaryFolder } from '../support/cli.js';
import { expectClose, halfUlp } from '../support/tolerance.js';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

/** Sigmoids leave constants behind, so that masked and shrunk are not equal to the last bit; wide, so that time is saved. */
const layers: readonly LayerSpec[] = [
  { name: 'in', kind: 'input', config: { shape: [64] } },
  { name: 'a', kind: 'dense', config: { units: 1024 } },
  { name: 's', kind: 'activation', config: { fn: 'sigmoid' } },
  { name: 'b', kind: 'dense', config: { units: 1024 } },
  { name: 't', kind: 'activation', config: { fn: 'sigmoid' } },
  { name: 'c', kind: 'dense', config: { units: 3 } },
];
const random = createRandom(6);
const data = {
  x: Float32Array.from({ length: 60 * 64 }, () => random.normal()),
  y: Int32Array.from({ length: 60 }, (_, i) => i % 3),
};
let original: Network;
let pruned: PruneResult;
let saved: SavedCertificate;
/** What lies on the disk. */
let written: SavedCertificate;
beforeAll(async () => {
  await saveModel(initialize({ layers, loss: 'crossentropy' }, { seed: 2 }), at('original.onnx'));
  original = await loadModel(at('original.onnx'));
  pruned = await prune(original, data, { criterion: 'l2', amount: 0.9 });
  saved = await savePruned(at('small.onnx'), { ...pruned, original }, { from: at('original.onnx') });
  written = JSON.parse(readFileSync(at('small.onnx.certificate.json'), 'utf8'));
});

describe('the certificate beside a model', () => {
  test('is what savePruned gives, and what verify goes by', async () => {
    expect(written).toEqual(JSON.parse(JSON.stringify(saved)));
    const files = ['original.onnx', 'small.onnx', 'small.onnx.certificate.json', 'small.onnx.plan.json'];
    expect(readdirSync(folder).sort()).toEqual(files);
    expect(JSON.parse(readFileSync(at('small.onnx.plan.json'), 'utf8'))).toEqual(written.plan);
    const { code } = await cli(['verify', at('original.onnx'), at('small.onnx'), at('small.onnx.plan.json')]);
    expect(code).toBe(0);
  });

  test('tells the largest difference between masked and shrunk over the data', async () => {
    const outputs = (network: Network) => predict(network, { x: data.x });
    const masked = await outputs(maskNetwork(original, pruned.plan));
    const shrunk = await outputs(pruned.network);
    const largest = Math.max(...masked.map((value, i) => Math.abs(value - shrunk[i]!)));
    expect(largest).toBeGreaterThan(0);
    expect(written.maxAbsDifference.data).toBe(largest);
    expect(written.tolerance).toBeGreaterThanOrEqual(Math.max(largest, written.maxAbsDifference.random));
    expect(written).toMatchObject({ holds: true, tuned: null, original: networkDigest(original) });
  });

  test('tells the largest difference over random inputs, with data and without', async () => {
    const { id, weights } = pruned.network.layers.find(({ name }) => name === 'c')!;
    const bias = tensor([3], weights.bias!.data.map((value, i) => value + (i === 1 ? 2 ** -7 : 0)) as Float32Array);
    const bent = { ...pruned, network: withWeights(pruned.network, new Map([[id, { ...weights, bias }]])) };
    for (const options of [{ data }, {}]) {
      const { holds, maxAbsDifference } = await certify(
        original,
        pruned.plan,
        { ...bent, removed: [], kept: [] },
        options,
      );
      // Besides what was bent there is what rounding does, to outputs of size 8 at most.
      expectClose([maxAbsDifference.random], [2 ** -7], { relative: 0, absolute: 2 ** 10 * halfUlp.float32 });
      expect([holds, maxAbsDifference.data === null]).toEqual([false, options.data === undefined]);
    }
  });

  test('tells parameters and operations of both, by hand', () => {
    const count = (hidden: number) => ({
      parameters: 64 * hidden + hidden + hidden * hidden + hidden + hidden * 3 + 3,
      macs: 64 * hidden + hidden * hidden + hidden * 3,
    });
    const left = 1024 - Math.round(0.9 * 1024);
    expect(written.before).toMatchObject(count(1024));
    expect(written.after).toMatchObject(count(left));
    expect(summarize(pruned.network)).toMatchObject(count(left));
  });

  test('tells loss and accuracy of both, in all and by class, and whose answers changed', async () => {
    for (const [network, found] of [
      [original, written.before],
      [pruned.network, written.after],
    ] as const) {
      const { loss, accuracy, perClass } = await evaluate(network, data);
      expect([found.loss, found.accuracy]).toEqual([loss, accuracy]);
      const means = found.perClass!.map((own) => [own.samples, own.correct / own.samples, own.loss]);
      expect(means).toEqual(perClass.map((own) => [own.samples, own.accuracy, own.loss]));
    }
    const answers = async (network: Network): Promise<number[]> => {
      const outputs = await predict(network, { x: data.x });
      return Array.from(data.y, (_, i) => {
        const row = [...outputs.subarray(3 * i, 3 * i + 3)];
        return row.indexOf(Math.max(...row));
      });
    };
    const [old, now] = [await answers(original), await answers(pruned.network)];
    const changed = [0, 1, 2].map(
      (label) => old.filter((answer, i) => data.y[i] === label && answer !== now[i]).length,
    );
    expect(written.flipsPerClass).toEqual(changed);
    expect(written.flips).toBe(changed.reduce((sum, n) => sum + n, 0));
    expect(written.flips).toBeGreaterThan(0);
    expect(written.data!.samples).toBe(60);
  });

  test('tells bytes of the files, and milliseconds in onnxruntime, before and after', () => {
    const { bytes, latency, check, notices, format } = written.file;
    const sizes = ['original.onnx', 'small.onnx'].map((name) => statSync(at(name)).size);
    expect([bytes.before, bytes.after]).toEqual(sizes);
    expect(latency).toMatchObject({ runtime: expect.stringMatching(/^onnxruntime \d/), batch: 1, threads: 1 });
    const [before, after] = latency!.times;
    expect(latency!.times).toHaveLength(2);
    expect(after!.median).toBeGreaterThan(0);
    expect(before!.median).toBeGreaterThan(after!.median);
    expect([format, notices]).toEqual(['onnx', []]);
    expect(check.maxAbsDifference).toBeLessThanOrEqual(check.tolerance!);
  });
});
