import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { predict } from '../../src/engine/index.js';
import { loadModel } from '../../src/formats/index.js';
import { initialize, type LayerSpec, type Network, networkDigest, withWeights } from '../../src/network/index.js';
import { type PruneResult, prune, type SavedCertificate, savePruned, verify } from '../../src/recipes/index.js';
import { tensor } from '../../src/tensor/tensor.js';
import { createRandom } from '../../src/util/random.js';
import { temporaryFolder } from '../support/cli.js';

const folder = temporaryFolder();
const layers: readonly LayerSpec[] = [
  { name: 'in', kind: 'input', config: { shape: [4, 4, 1] } },
  { name: 'conv', kind: 'conv2d', config: { filters: 6, kernelSize: [3, 3] } },
  { name: 'relu', kind: 'activation', config: { fn: 'relu' } },
  { name: 'flat', kind: 'flatten' },
  { name: 'a', kind: 'dense', config: { units: 8 } },
  { name: 'tanh', kind: 'activation', config: { fn: 'tanh' } },
  { name: 'b', kind: 'dense', config: { units: 3 } },
];
const original = initialize({ layers, loss: 'crossentropy' }, { seed: 4 });
const random = createRandom(2);
const data = {
  x: Float32Array.from({ length: 50 * 16 }, () => random.normal()),
  y: Int32Array.from({ length: 50 }, () => random.integer(1)),
};
const other = { ...data, y: data.y.map((label) => 2 - label) };
const options = { criterion: 'l2', amount: 0.5 } as const;

/** The network with one number of a layer's kernel changed by hardly anything. */
function touched(network: Network, name: string): Network {
  const layer = network.layers.find((one) => one.name === name)!;
  const { kernel } = layer.weights;
  const numbers = kernel!.data.slice();
  numbers[0]! *= 1 + 2 ** -20;
  return withWeights(network, new Map([[layer.id, { ...layer.weights, kernel: tensor(kernel!.shape, numbers) }]]));
}

let plain: PruneResult;
let tuned: PruneResult;
beforeAll(async () => {
  plain = await prune(original, data, options);
  tuned = await prune(original, data, { ...options, finetune: { epochs: 1 } });
});

describe('certificates', () => {
  test('count flips by class, and the loss of each class adds up', async () => {
    const { before, after, flips, flipsPerClass, data: measured } = plain.certificate;
    const classOf = async (network: Network): Promise<number[]> => {
      const outputs = await predict(network, { x: data.x });
      return Array.from(data.y, (_, i) => {
        const row = outputs.subarray(3 * i, 3 * i + 3);
        return row.indexOf(Math.max(...row));
      });
    };
    const [old, now] = [await classOf(original), await classOf(plain.network)];
    const changed = (label: number): number =>
      [...data.y.keys()].filter((i) => data.y[i] === label && old[i] !== now[i]).length;
    expect(flipsPerClass).toEqual([0, 1, 2].map(changed));
    expect(flips).toBe(changed(0) + changed(1));
    expect(flips).toBeGreaterThan(0);
    for (const { perClass, loss, accuracy } of [before, after]) {
      expect(perClass!.map(({ samples }) => samples)).toEqual(
        [0, 1, 2].map((c) => data.y.filter((y) => y === c).length),
      );
      expect(perClass![2]!.loss).toBeNull();
      const total = perClass!.reduce((sum, own) => sum + own.samples * (own.loss ?? 0), 0);
      expect(total / 50).toBeCloseTo(loss!, 12);
      expect(perClass!.reduce((sum, { correct }) => sum + correct, 0) / 50).toBe(accuracy);
    }
    expect(measured).toEqual({ samples: 50, digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });
});

describe('verify', () => {
  test('proves the outputs of a network that was pruned alone, with or without its certificate', async () => {
    const { network, plan, certificate } = plain;
    const bare = await verify(original, network, plan, { data });
    expect(bare).toMatchObject({
      proof: 'outputs',
      lossAgrees: null,
      file: null,
      maxAbsDifference: certificate.maxAbsDifference,
    });
    expect(await verify(original, network, plan, { data, certificate })).toEqual({ ...bare, lossAgrees: true });
    expect((await verify(original, network, plan, { data: other, certificate })).lossAgrees).toBeNull();
    expect((await verify(original, network, plan, { certificate })).lossAgrees).toBeNull();
  });

  test('proves a network that was trained to be the certified one, to the last bit', async () => {
    const { network, plan, certificate } = tuned;
    const found = await verify(original, network, plan, { data, certificate });
    expect(found).toMatchObject({ proof: 'identity', maxAbsDifference: null, tolerance: null, lossAgrees: true });
    const { before, after, flips } = certificate;
    expect(found).toMatchObject({ before, after, flips });
    await expect(verify(original, network, plan, { data })).rejects.toThrow('differs by');
    await expect(verify(original, touched(network, 'b'), plan, { certificate })).rejects.toMatchObject({
      code: 'ERR_GATE',
      message: expect.stringContaining('is not the one that was certified'),
    });
  });

  test.each(['tuned', 'tuned.onnx', 'tuned.keras', 'tuned.h5'])('knows a trained network as %s again', async (name) => {
    const path = join(folder, name);
    const saved = await savePruned(path, { ...tuned, original });
    const back = await loadModel(path);
    expect(saved.file.digest).toBe(networkDigest(back));
    const stored = JSON.parse(JSON.stringify(saved)) as SavedCertificate;
    const found = await verify(original, back, tuned.plan, { data, certificate: stored, file: path });
    expect(found).toMatchObject({ proof: 'identity', lossAgrees: true, file: { reason: null } });
    expect(found.file!.maxAbsDifference).toBeLessThanOrEqual(found.file!.tolerance!);
  });

  test.each([
    { weights: true, criterion: 'magnitude', amount: 0.5 },
    { ...options, mask: true },
  ] as const)('finds what is cut cut in a trained network of full size: %j', async (how) => {
    const { network, plan, certificate } = await prune(original, data, { ...how, finetune: { epochs: 1 } });
    expect((await verify(original, network, plan, { certificate })).proof).toBe('identity');
    const loose = (await prune(original, data, { ...how, amount: 0.25, finetune: { epochs: 1 } })).network;
    const claimed = { ...certificate, shrunk: networkDigest(loose) };
    await expect(verify(original, loose, plan, { certificate: claimed })).rejects.toThrow('is not cut in the model');
  });

  test('refutes certificates that say something else', async () => {
    const { network, plan, certificate } = tuned;
    const wrong = [
      [{ ...certificate, original: certificate.shrunk }, 'another original or plan'],
      [{ ...certificate, plan: { ...plan, cut: 'zero' as const } }, 'another original or plan'],
      [{ ...certificate, type: 'other' as never }, 'another original or plan'],
      [{ ...certificate, removed: [] }, 'layer "conv" has not 6 nodes'],
      [{ ...certificate, after: { ...certificate.after, loss: certificate.after.loss! * 1.001 } }, 'as certified'],
    ] as const;
    for (const [certificate, message] of wrong) {
      await expect(verify(original, network, plan, { data, certificate })).rejects.toMatchObject({
        code: 'ERR_GATE',
        message: expect.stringContaining(message),
      });
    }
    await expect(verify(touched(original, 'a'), network, plan, { certificate })).rejects.toThrow('another network');
  });

  test('refutes a file in which another network lies', async () => {
    const path = join(folder, 'foreign.onnx');
    await savePruned(path, { ...tuned, original });
    await expect(verify(original, plain.network, plain.plan, { file: path })).rejects.toMatchObject({
      code: 'ERR_GATE',
    });
  });
});
