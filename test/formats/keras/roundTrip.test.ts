import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { predict } from '../../../src/engine/index.js';
import { loadModel, saveModel } from '../../../src/formats/index.js';
import { createNetwork, initialize, type LayerSpec, layerKinds, type Network } from '../../../src/network/index.js';
import { tensor } from '../../../src/tensor/tensor.js';
import { isExpressible } from '../../support/expressible.js';
import { kerasPython } from '../../support/keras.js';
import { randomData, randomNetwork } from '../../support/randomNetwork.js';
import { expectClose, float32Forward, tolerances } from '../../support/tolerance.js';
import { tied } from '../../support/topology.js';

const suffixes = ['.keras', '.h5'] as const;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keras-files-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** `hard_sigmoid` is another function for each version of Keras: the models beside make.py have it. */
const isSaid = (layer: LayerSpec): boolean =>
  isExpressible(layer) && (layer.config as { fn?: string } | undefined)?.fn !== 'hardSigmoid';

const samplesOf = (network: Network, seed: number) => {
  const { x, scale } = randomData(network, seed, { count: 3 });
  return { x, scale };
};

async function there(network: Network, suffix: string): Promise<Network> {
  const path = join(folder, `model${suffix}`);
  await saveModel(network, path);
  return loadModel(path);
}

describe.for(suffixes)('loadModel(saveModel(network)) as %s', (suffix) => {
  it.for(layerKinds)('computes the same with %s', async (kind) => {
    const network = randomNetwork(0x21, { include: [kind], allow: isSaid });
    const back = await there(network, suffix);
    const samples = samplesOf(network, 0x21);
    const [expected, actual] = [
      await predict(network, samples, { engine: 'reference' }),
      await predict(back, samples, { engine: 'reference' }),
    ];
    expectClose(actual, expected, tolerances.exact, kind);
    expect(back.loss).toBe(network.loss);
    expect(await there(back, suffix)).toEqual(back);
  });

  it('keeps what tfjs cannot say: groups, and pools that keep their axes', async () => {
    const kernel = tensor([1, 1, 1, 2], Float32Array.of(2, 3));
    const network = createNetwork({
      layers: [
        { name: 'in', kind: 'input', config: { shape: [2, 2, 2] } },
        { name: 'c', kind: 'conv2d', config: { filters: 2, kernelSize: [1, 1], groups: 2 }, weights: { kernel } },
        { name: 'g', kind: 'globalAvgPool2d', config: { keepDims: true } },
      ],
    });
    expect(await there(network, suffix)).toEqual(network);
  });

  it('gives names with a slash, which Keras refuses, other names', async () => {
    const dense = () => ({ kernel: tensor([1, 1], Float32Array.of(1)) });
    const layer = (name: string): LayerSpec => ({ name, kind: 'dense', config: { units: 1 }, weights: dense() });
    const network = createNetwork({
      layers: [{ name: 'in', kind: 'input', config: { shape: [1] } }, layer('a/b'), layer('a_b'), layer('a/b/c')],
    });
    const { layers } = await there(network, suffix);
    expect(layers.map(({ name }) => name)).toEqual(['in', 'a_b_2', 'a_b', 'a_b_c']);
  });

  it('writes the same bytes for the same network, at any time', async () => {
    const network = randomNetwork(0x22, { include: ['conv2d'], allow: isSaid });
    const paths = ['one', 'two'].map((name) => join(folder, name + suffix));
    for (const [i, path] of paths.entries()) {
      vi.setSystemTime(new Date(2026, i));
      await saveModel(network, path);
    }
    vi.useRealTimers();
    const [one, two] = await Promise.all(paths.map((path) => readFile(path)));
    expect(one?.equals(two as Buffer)).toBe(true);
  });

  it('leaves no file behind when the network cannot be said', async () => {
    const path = join(folder, `never${suffix}`);
    const bent = createNetwork({
      layers: [
        { name: 'in', kind: 'input', config: { shape: [1] } },
        { name: 'bent', kind: 'activation', config: { fn: 'geluTanh' } },
      ],
    });
    await expect(saveModel(bent, path)).rejects.toMatchObject({ code: 'ERR_MODEL_UNSUPPORTED' });
    expect((await readdir(folder)).filter((name) => name.startsWith('never'))).toEqual([]);
  });
});

/** A convolution used twice, padded by a layer of its own each time, and a dense layer used twice. */
function withSharedLayers(): Network {
  const padding = [
    [1, 1],
    [2, 0],
  ];
  const conv = (name: string) => ({ name, kind: 'conv2d', config: { filters: 3, kernelSize: [3, 3], padding } });
  const dense = (name: string, input: string) => ({ name, kind: 'dense', config: { units: 4 }, inputs: [input] });
  const mean = (name: string, input: string) => ({ name, kind: 'globalAvgPool2d', inputs: [input] });
  const layers = [
    { name: 'in', kind: 'input', config: { shape: [6, 5, 3] } },
    conv('conv'),
    conv('conv_again'),
    mean('early', 'conv'),
    mean('late', 'conv_again'),
    dense('dense', 'early'),
    dense('dense_again', 'late'),
    { name: 'out', kind: 'concat', inputs: ['dense', 'dense_again'] },
  ] as LayerSpec[];
  return tied(tied(initialize({ layers }, { seed: 6 }), 'conv', 'conv_again'), 'dense', 'dense_again');
}

const python = kerasPython('models read back by Keras itself');

describe.skipIf(python === undefined)('saveModel(network, path), read by Keras', () => {
  const script = join(import.meta.dirname, '../../fixtures/keras/predict.py');

  it('computes in Keras what it computes here', async () => {
    const jobs = layerKinds.flatMap((kind, i) =>
      suffixes.map((suffix) => ({
        network: randomNetwork(0x30 + i, { include: [kind], allow: isSaid }),
        suffix,
      })),
    );
    for (const suffix of suffixes) jobs.push({ network: withSharedLayers(), suffix });
    const asked = [];
    for (const [i, { network, suffix }] of jobs.entries()) {
      const model = join(folder, `${i}${suffix}`);
      await saveModel(network, model);
      const { x, scale = 1 } = samplesOf(network, i);
      asked.push({ model, x: Array.from(x, (value) => Math.fround(value * scale)) });
    }
    await writeFile(join(folder, 'asked.json'), JSON.stringify(asked));
    const { stdout } = await promisify(execFile)(python as string, [script, join(folder, 'asked.json')]);
    const answers = JSON.parse(stdout) as number[][];
    for (const [i, { network, suffix }] of jobs.entries()) {
      const expected = await predict(network, samplesOf(network, i), { engine: 'reference' });
      expectClose(answers[i] as number[], expected, float32Forward(network, 8), `${i}${suffix}`);
    }
  }, 300_000);
});
