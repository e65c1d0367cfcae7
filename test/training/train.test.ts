import { beforeAll, describe, expect, it } from 'vitest';
import { loadDataset } from '../../src/data/index.js';
import { evaluate } from '../../src/engine/index.js';
import {
  createNetwork,
  denseNetwork,
  initialize,
  type LayerSpec,
  layerKinds,
  type Network,
} from '../../src/network/index.js';
import { tensor } from '../../src/tensor/tensor.js';
import {
  type BackendName,
  loadBackend,
  optimizerNames,
  type TrainingEvent,
  trainNetwork,
} from '../../src/training/index.js';
import { randomData, randomNetwork } from '../support/randomNetwork.js';
import { workingBackends } from '../support/tfjsBackend.js';
import { expectClose } from '../support/tolerance.js';
import { trainingTolerances } from '../support/trainingTolerance.js';

/** Two clouds of points in the plane, one class each. */
const x = Float32Array.from({ length: 256 }, (_, i) => (i % 4 < 2 ? 1 : -1) + Math.sin(7 * i));
const y = Int32Array.from({ length: 128 }, (_, i) => i % 2);
const clouds = { x, y };
const untrained = initialize(denseNetwork([2], [8], 2), { seed: 0x61 });
const weightsOf = ({ layers }: Network): unknown => layers.map(({ weights }) => weights);
const code = (expected: string) => expect.objectContaining({ name: 'SecateurError', code: expected });

async function collect(events: AsyncIterable<TrainingEvent>): Promise<TrainingEvent[]> {
  const all = [];
  for await (const event of events) all.push(event);
  return all;
}

describe('trainNetwork(network, data)', () => {
  it('says what it runs on, then each epoch, then that it is done', async () => {
    const events = await collect(trainNetwork(untrained, clouds, { epochs: 3, validation: clouds }));
    const types = events.map(({ type }) => type).filter((type) => type !== 'progress');
    expect(types).toEqual(['start', 'epoch', 'epoch', 'epoch', 'done']);
    expect(events[0]).toMatchObject({ lossName: 'crossentropy', optimizer: 'adam', samples: 128, epochs: 3 });
    expect(events.flatMap((event) => (event.type === 'epoch' ? [event.epoch] : []))).toEqual([1, 2, 3]);
  });

  it('makes the loss smaller and leaves the given network as it was', async () => {
    const before = structuredClone(weightsOf(untrained));
    const run = trainNetwork(untrained, clouds, { epochs: 40, learningRate: 0.01 });
    const { network, history } = await run.result();
    expect(history).toHaveLength(40);
    expect(history.at(-1)!.loss).toBeLessThan(0.8 * history[0]!.loss);
    expect(weightsOf(untrained)).toEqual(before);
    expect(network.loss).toBe('crossentropy');
  });

  it('measures the validation samples with the weights at the end of the epoch', async () => {
    const { network, history } = await trainNetwork(untrained, clouds, { epochs: 2, validation: clouds }).result();
    const measured = await evaluate(network, clouds, { engine: 'reference' });
    expectClose([history[1]!.valLoss!], [measured.loss], trainingTolerances.formula);
    expect(history[1]!.valAccuracy).toBe(measured.accuracy);
  });

  it('gives the same network for the same seed, and another one for another', async () => {
    const train = async (seed: number) => weightsOf((await trainNetwork(untrained, clouds, { seed }).result()).network);
    const first = await train(1);
    expect(await train(1)).toEqual(first);
    expect(await train(2)).not.toEqual(first);
  });

  it('takes the samples in their order without shuffle, whatever the seed', async () => {
    const train = async (seed: number) =>
      weightsOf((await trainNetwork(untrained, clouds, { seed, shuffle: false }).result()).network);
    expect(await train(1)).toEqual(await train(2));
  });

  it('trains bytes with a scale as it trains the scaled numbers', async () => {
    const bytes = Uint8Array.from(x, (_, i) => (i * 37) % 256);
    const options = { epochs: 1 };
    const fromBytes = await trainNetwork(untrained, { x: bytes, y, scale: 1 / 255 }, options).result();
    const scaled = Float32Array.from(bytes, (value) => value / 255);
    const fromFloats = await trainNetwork(untrained, { x: scaled, y }, options).result();
    const kernels = [fromBytes, fromFloats].map(({ network }) => network.layers[1]!.weights.kernel!.data);
    expectClose(kernels[0]!, kernels[1]!, trainingTolerances.step);
  });

  it('trains on every layer kind that a network can have', async () => {
    for (const [i, kind] of layerKinds.entries()) {
      const network = randomNetwork(0x70 + i, { include: [kind], extra: 0 });
      const { x, targets, scale, head } = randomData(network, 0x70 + i, { count: 16 });
      const options = { epochs: 30, batch: 16, loss: head.loss, optimizer: 'sgd', learningRate: 1e-3 } as const;
      const { history } = await trainNetwork(network, { x, y: targets, scale }, options).result();
      expect(history.at(-1)!.loss, kind).toBeLessThan(history[0]!.loss);
    }
  }, 240_000);

  it('frees every tensor, also when it is left early', async () => {
    const { tf } = await loadBackend();
    const before = tf.memory().numTensors;
    await trainNetwork(untrained, clouds, { epochs: 2 }).result();
    for await (const event of trainNetwork(untrained, clouds, { epochs: 50 })) if (event.type === 'epoch') break;
    expect(tf.memory().numTensors).toBe(before);
  });

  it('ends with ERR_ABORTED when its signal does', async () => {
    const abort = new AbortController();
    const run = trainNetwork(untrained, clouds, { epochs: 1_000_000, signal: abort.signal });
    setTimeout(() => abort.abort(), 50);
    await expect(run.result()).rejects.toThrow(code('ERR_ABORTED'));
  });

  it('has no result when its events were left early', async () => {
    const run = trainNetwork(untrained, clouds);
    for await (const _ of run) break;
    await expect(run.result()).rejects.toThrow(code('ERR_ABORTED'));
  });

  it('says so when it diverges', async () => {
    const wild = { optimizer: 'sgd', learningRate: 1e30, epochs: 10 } as const;
    await expect(trainNetwork(untrained, clouds, wild).result()).rejects.toThrow(code('ERR_DATA'));
  });

  it('refuses options and data that do not fit', () => {
    expect(() => trainNetwork(untrained, clouds, { epochs: 0 })).toThrow(code('ERR_ARGUMENT'));
    expect(() => trainNetwork(untrained, clouds, { batch: 1.5 })).toThrow(code('ERR_ARGUMENT'));
    expect(() => trainNetwork(untrained, clouds, { learningRate: -1 })).toThrow(code('ERR_ARGUMENT'));
    expect(() => trainNetwork(untrained, clouds, { optimizer: 'lbfgs' as never })).toThrow(code('ERR_ARGUMENT'));
    expect(() => trainNetwork(untrained, { x, y: y.subarray(1) })).toThrow(code('ERR_DATA'));
    const fixed = createNetwork({
      layers: [
        { name: 'in', kind: 'input', config: { shape: [2] } },
        { name: 'f', kind: 'flatten' },
      ],
    });
    expect(() => trainNetwork(fixed, clouds)).toThrow(code('ERR_ARGUMENT'));
  });

  it('fails for a backend by name that is not there, and names no other', async () => {
    await expect(trainNetwork(untrained, clouds, { backend: 'webgpu' as never }).result()).rejects.toThrow(
      code('ERR_ARGUMENT'),
    );
    const missing = (await allMissing()).at(0);
    if (missing === undefined) {
      process.stderr.write(`skipped: a missing backend by name: ${candidates.join(' and ')} are all installed\n`);
      return;
    }
    const failure = expect.objectContaining({ code: 'ERR_BACKEND', message: expect.stringContaining(missing) });
    await expect(trainNetwork(untrained, clouds, { backend: missing }).result()).rejects.toThrow(failure);
  });
});

const candidates: readonly BackendName[] = ['tfjs-node-gpu', 'wasm'];

async function allMissing(): Promise<BackendName[]> {
  const working = await workingBackends();
  return candidates.filter((name) => !working.includes(name));
}

/** One dense unit without activation: its gradient by hand is simple. */
const line: LayerSpec[] = [
  { name: 'in', kind: 'input', config: { shape: [1] } },
  { name: 'unit', kind: 'dense', config: { units: 1 }, weights: { kernel: tensor([1, 1], Float32Array.of(0.5)) } },
];

describe('the optimizers, on every backend', () => {
  let working: readonly BackendName[] = [];
  beforeAll(async () => {
    working = await workingBackends();
  });

  /** Weights of the line `w x` under squared distance from `2 x`, by the formulas of the papers, in double. */
  const expected = {
    adam: (steps: number) => {
      let [w, m, v] = [0.5, 0, 0];
      for (let t = 1; t <= steps; t++) {
        const g = 2 * (w - 2);
        m = 0.9 * m + 0.1 * g;
        v = 0.999 * v + 0.001 * g * g;
        w -= ((0.05 * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t)) * (m / (Math.sqrt(v) + 1e-7));
      }
      return w;
    },
    'adam-tfjs': (steps: number) => {
      let [w, m, v] = [0.5, 0, 0];
      for (let t = 1; t <= steps; t++) {
        const g = 2 * (w - 2);
        m = 0.9 * m + 0.1 * g;
        v = 0.999 * v + 0.001 * g * g;
        w -= (0.05 * (m / (1 - 0.9 ** t))) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-7);
      }
      return w;
    },
    sgd: (steps: number) => {
      let [w, a] = [0.5, 0];
      for (let t = 1; t <= steps; t++) {
        a = 0.5 * a - 0.05 * 2 * (w - 2);
        w += a;
      }
      return w;
    },
    nesterov: (steps: number) => {
      let [w, a] = [0.5, 0];
      for (let t = 1; t <= steps; t++) {
        const g = 2 * (w - 2);
        a = 0.5 * a - 0.05 * g;
        w += 0.5 * a - 0.05 * g;
      }
      return w;
    },
  };

  it('follow the penalty on kernels too, which is not in the loss that is told', async () => {
    const data = { x: Float32Array.of(1), y: Float32Array.of(2) };
    const bias = tensor([1], Float32Array.of(0.25));
    const [input, unit] = line as [LayerSpec, LayerSpec];
    const layers = [input, { ...unit, weights: { ...unit.weights, bias } } as LayerSpec];
    for (const backend of working) {
      const options = { optimizer: 'sgd', backend, epochs: 1, learningRate: 0.1, l2: 0.3, loss: 'mse' } as const;
      const { network, history } = await trainNetwork(createNetwork({ layers }), data, options).result();
      const { kernel, bias: moved } = network.layers[1]!.weights;
      const g = 2 * (0.5 + 0.25 - 2);
      expectClose(kernel!.data, [0.5 - 0.1 * (g + 0.3 * 0.5)], trainingTolerances.tenSteps, backend);
      expectClose(moved!.data, [0.25 - 0.1 * g], trainingTolerances.tenSteps, backend);
      expect(history[0]!.loss).toBeCloseTo((0.75 - 2) ** 2, 6);
    }
  });

  for (const optimizer of optimizerNames) {
    it(`${optimizer} moves a weight as its formula says`, async () => {
      const data = { x: Float32Array.of(1), y: Float32Array.of(2) };
      for (const backend of working) {
        const options = { optimizer, backend, epochs: 10, learningRate: 0.05, momentum: 0.5, loss: 'mse' } as const;
        const { network } = await trainNetwork(createNetwork({ layers: line }), data, options).result();
        const weight = network.layers[1]!.weights.kernel!.data;
        expectClose(weight, [expected[optimizer](10)], trainingTolerances.tenSteps, backend);
      }
    });
  }

  it('do not disturb each other when two trainings take turns', async () => {
    const alone = await Promise.all(working.map((backend) => lossOf(backend)));
    for (const [i, backend] of working.entries()) expect(await lossOf(backend)).toBe(alone[i]);
  });

  it('train to nearly the same loss on every backend', async () => {
    const losses = [];
    for (const backend of working) losses.push(await lossOf(backend));
    for (const loss of losses)
      expect(Math.abs(loss - losses[0]!)).toBeLessThanOrEqual(trainingTolerances.epochLoss.absolute);
  });
});

const lossOf = async (backend: BackendName): Promise<number> =>
  (await trainNetwork(untrained, clouds, { epochs: 30, backend }).result()).history.at(-1)!.loss;

describe('layers that behave differently while a network learns', () => {
  const wide = (layer: LayerSpec): Network =>
    createNetwork({
      layers: [
        { name: 'in', kind: 'input', config: { shape: [1] } },
        layer,
        { name: 'unit', kind: 'dense', config: { units: 1 }, weights: { kernel: tensor([1, 1], Float32Array.of(1)) } },
      ],
    });

  it('batch normalisation keeps 99 % of its averages and takes 1 % of the batch', async () => {
    const weights = { mean: tensor([1], Float32Array.of(10)), variance: tensor([1], Float32Array.of(4)) };
    const data = { x: Float32Array.of(1, 2, 3, 6), y: new Float32Array(4) };
    const network = wide({ name: 'norm', kind: 'batchNorm', weights });
    const trained = await trainNetwork(network, data, { epochs: 1, batch: 4, loss: 'mse' }).result();
    const { mean, variance } = trained.network.layers[1]!.weights;
    expectClose(
      [...mean!.data, ...variance!.data],
      [0.99 * 10 + 0.03, 0.99 * 4 + 0.01 * 3.5],
      trainingTolerances.formula,
    );
  });

  it('dropout draws from the seed and leaves the mean as it is', async () => {
    const network = wide({ name: 'drop', kind: 'dropout', config: { rate: 0.25 } });
    const data = { x: new Float32Array(4096).fill(1), y: new Float32Array(4096) };
    const train = async (seed: number) => {
      const options = { epochs: 1, batch: 4096, loss: 'mse', learningRate: 1e-9, seed } as const;
      return (await trainNetwork(network, data, options).result()).history[0]!.loss;
    };
    const loss = await train(1);
    expect(await train(1)).toBe(loss);
    expect(await train(2)).not.toBe(loss);
    expectClose([loss], [(3 / 4) * (4 / 3) ** 2], trainingTolerances.dropoutSquare);
  });
});

describe('a run on the embedded digits', () => {
  it('reaches nine of ten test samples in three epochs', async () => {
    const digits = await loadDataset('digits', { split: 'train' });
    const test = await loadDataset('digits', { split: 'test' });
    const network = initialize(denseNetwork(digits.shape, [64], 10), { seed: 0x62 });
    const { history } = await trainNetwork(network, digits, { epochs: 8, validation: test }).result();
    expect(history.at(-1)!.valAccuracy).toBeGreaterThan(0.9);
  });
});
