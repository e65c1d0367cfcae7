import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadDataset } from '../../src/data/index.js';
import { evaluate, prepareLabelled } from '../../src/engine/index.js';
import { initialize, type LayerSpec, type Network } from '../../src/network/index.js';
import {
  type HeldWeights,
  loadBackend,
  optimizerNames,
  type TrainingEvent,
  type TrainOptions,
  trainNetwork,
} from '../../src/training/index.js';
import { createProgram } from '../../src/training/program.js';
import { checkRateSchedule, rateAt } from '../../src/training/rates.js';
import { Trainer } from '../../src/training/trainer.js';
import { createRandom } from '../../src/util/random.js';
import { workingBackends } from '../support/tfjsBackend.js';
import { expectClose, tolerances } from '../support/tolerance.js';
import { trainingTolerances } from '../support/trainingTolerance.js';

const folder = mkdtempSync(join(tmpdir(), 'secateur-tune-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const layers: readonly LayerSpec[] = [
  { name: 'in', kind: 'input', config: { shape: [4, 4, 1] } },
  { name: 'conv', kind: 'conv2d', config: { filters: 3, kernelSize: [3, 3] } },
  { name: 'norm', kind: 'batchNorm' },
  { name: 'act', kind: 'activation', config: { fn: 'relu' } },
  { name: 'drop', kind: 'dropout', config: { rate: 0.2 } },
  { name: 'flat', kind: 'flatten' },
  { name: 'out', kind: 'dense', config: { units: 3 } },
];
const network = initialize({ layers }, { seed: 3 });
const random = createRandom(9);
const samples = (count: number) => ({
  x: Float32Array.from({ length: count * 16 }, () => random.normal()),
  y: Int32Array.from({ length: count }, () => random.integer(2)),
});
const [data, validation] = [samples(48), samples(32)];
const weightsOf = ({ layers: all }: Network) => all.map(({ weights }) => weights);
const weightIn = (of: Network, layer: string, name: string) =>
  of.layers.find((candidate) => candidate.name === layer)!.weights[name]!.data;

/** Every second number of the kernel, and a unit's bias. */
const hold: HeldWeights = {
  conv: { kernel: Uint8Array.from({ length: 27 }, (_, i) => i % 2) },
  out: { kernel: Uint8Array.from({ length: 36 }, (_, i) => (i % 3 === 1 ? 1 : 0)), bias: Uint8Array.of(0, 1, 0) },
};

/** The network with its held weights at 0. */
function pruned(): Network {
  const spec = layers.map((layer, i) => {
    const weights = Object.entries(network.layers[i]!.weights).map(([name, weight]) => {
      const mask = hold[layer.name]?.[name];
      return [name, { ...weight, data: weight.data.map((value, k) => (mask?.[k] ? 0 : value)) }];
    });
    return { ...network.layers[i]!, weights: Object.fromEntries(weights) };
  });
  return { ...network, layers: spec } as Network;
}

describe('held weights', () => {
  for (const optimizer of optimizerNames) {
    it(`are exactly 0 after every step of ${optimizer}, and so is what it remembers of them, on every backend`, async () => {
      for (const backend of await workingBackends()) {
        const loaded = await loadBackend({ backend });
        const { samples: prepared, head } = prepareLabelled(pruned(), data);
        const program = createProgram(pruned(), head);
        const options = {
          optimizer,
          settings: { momentum: 0.9 },
          random: createRandom(1),
          hold: ({ layer, name }: { layer: { name: string }; name: string }) => hold[layer.name]?.[name],
        };
        using trainer = new Trainer(loaded, program, options);
        const learning = program.parameters.filter(({ fixed }) => !fixed);
        for (let step = 0; step < 6; step++) {
          trainer.step(
            prepared,
            Uint32Array.from({ length: 8 }, (_, i) => 8 * step + i),
            0.05,
          );
          for (const [i, { layer, name }] of learning.entries()) {
            const held = hold[layer.name]?.[name];
            for (const [place, numbers] of trainer.state().optimizer.values[i]!.entries()) {
              const moved = numbers.map((value, k) => (held?.[k] ? value : 0));
              expect(
                moved.every((value) => value === 0),
                `${backend} ${name} ${place}`,
              ).toBe(true);
              expect(numbers.some((value) => value !== 0)).toBe(true);
            }
          }
        }
      }
    });
  }

  it('stay at any value, to the last bit, while the others learn', async () => {
    const { network: tuned } = await trainNetwork(network, data, { epochs: 2, hold, learningRate: 0.01 }).result();
    for (const [layer, name] of [
      ['conv', 'kernel'],
      ['out', 'kernel'],
      ['out', 'bias'],
    ] as const) {
      const [before, after, mask] = [weightIn(network, layer, name), weightIn(tuned, layer, name), hold[layer]![name]!];
      for (const [i, stays] of mask.entries())
        expect(after[i] === before[i], `${layer} ${name} ${i}`).toBe(stays === 1);
    }
  });

  it('learn as if they were not there: a held column is a network without it', async () => {
    const options = { epochs: 3, seed: 4, optimizer: 'adam', learningRate: 0.01 } as const;
    const build = (units: number): Network =>
      initialize(
        {
          layers: [
            { name: 'in', kind: 'input', config: { shape: [4, 4, 1] } },
            { name: 'flat', kind: 'flatten' },
            { name: 'a', kind: 'dense', config: { units } },
            { name: 'r', kind: 'activation', config: { fn: 'relu' } },
            { name: 'b', kind: 'dense', config: { units: 3 } },
          ],
        },
        { seed: 8 },
      );
    const wide = build(4);
    const kernel = wide.layers[2]!.weights.kernel!;
    const gone = Uint8Array.from(kernel.data, (_, i) => (i % 4 === 2 ? 1 : 0));
    const masked = withKernel(
      wide,
      2,
      kernel.data.map((value, i) => (gone[i] ? 0 : value)),
    );
    let narrow = build(3);
    narrow = withKernel(
      narrow,
      2,
      kernel.data.filter((_, i) => i % 4 !== 2),
    );
    narrow = withKernel(
      narrow,
      4,
      wide.layers[4]!.weights.kernel!.data.filter((_, i) => Math.floor(i / 3) !== 2),
    );
    const held = { a: { kernel: gone, bias: Uint8Array.of(0, 0, 1, 0) } };
    const a = await trainNetwork(masked, data, { ...options, hold: held }).result();
    const b = await trainNetwork(narrow, data, options).result();
    expectClose(
      a.history.map(({ loss }) => loss),
      b.history.map(({ loss }) => loss),
      trainingTolerances.stepLoss,
    );
  });

  it('that are not there are refused', () => {
    const wrong = (held: HeldWeights) => () => trainNetwork(network, data, { hold: held });
    expect(wrong({ x: {} })).toThrow(/names of layers/);
    expect(wrong({ conv: { kernel: new Uint8Array(3) } })).toThrow(/27 numbers for "kernel" of layer "conv"/);
    expect(wrong({ conv: { gamma: new Uint8Array(3) } })).toThrow(/no numbers for "gamma"/);
  });
});

function withKernel(original: Network, at: number, data: Float32Array | Float64Array): Network {
  const all = original.layers.map((layer, i) =>
    i === at ? { ...layer, weights: { ...layer.weights, kernel: { ...layer.weights.kernel!, data } } } : layer,
  );
  return { ...original, layers: all } as Network;
}

describe('frozen layers', () => {
  it('stay as they are, batch normalisation with its averages, while the others learn', async () => {
    const { network: tuned } = await trainNetwork(network, data, { epochs: 2, freeze: ['conv', 'norm'] }).result();
    const [before, after] = [weightsOf(network), weightsOf(tuned)];
    expect(after.slice(0, 4)).toEqual(before.slice(0, 4));
    expect(after[6]).not.toEqual(before[6]);
  });

  it('answer as they do outside of training: the first loss is that of the engine', async () => {
    const plain = { ...network, layers: network.layers.map((layer) => layer) };
    const options = { epochs: 1, batch: 48, freeze: ['norm', 'drop'], learningRate: 1e-3 } as const;
    const { history } = await trainNetwork(plain, data, options).result();
    expectClose([history[0]!.loss], [(await evaluate(plain, data)).loss], trainingTolerances.formula);
    await expect(async () => trainNetwork(network, data, { freeze: ['x'] })).rejects.toThrow(/names of layers/);
  });
});

describe('the learning rate', () => {
  const rates = (given: Parameters<typeof checkRateSchedule>[0], epochs = 4, steps = 2) =>
    Array.from({ length: epochs * steps }, (_, step) =>
      rateAt(checkRateSchedule(given, epochs), { step, steps, epochs }),
    );

  it('follows its schedule, worked out by hand', () => {
    const half = Math.SQRT1_2;
    const table = [
      [{}, [1, 1, 1, 1, 1, 1, 1, 1]],
      [{ schedule: 'constant' }, [1, 1, 1, 1, 1, 1, 1, 1]],
      [{ schedule: 'step' }, [1, 1, 0.1, 0.1, 0.01, 0.01, 0.001, 0.001]],
      [{ schedule: 'step', factor: 0.5, every: 2 }, [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5]],
      [{ schedule: 'exponential', factor: 0.25 }, [1, 0.5, 0.25, 0.125, 0.0625, 0.03125, 1 / 64, 1 / 128]],
      [{ warmUp: 2 }, [0.25, 0.5, 0.75, 1, 1, 1, 1, 1]],
      [{ schedule: 'step', factor: 0.5, warmUp: 1 }, [0.5, 1, 1, 1, 0.5, 0.5, 0.25, 0.25]],
      [{ schedule: 'cosine', warmUp: 2 }, [0.25, 0.5, 0.75, 1, 1, (1 + half) / 2, 0.5, (1 - half) / 2]],
    ] as const;
    for (const [given, expected] of table) expectClose(rates(given), expected, tolerances.elementary, String(given));
  });

  it('moves weights: two epochs at a tenth of the rate after the first are other weights, a warm-up that is over is not', async () => {
    const train = async (options: TrainOptions) =>
      weightsOf((await trainNetwork(network, data, { epochs: 2, ...options }).result()).network);
    const plain = await train({});
    expect(await train({ rates: { schedule: 'step' } })).not.toEqual(plain);
    expect(await train({ rates: { warmUp: 0 } })).toEqual(plain);
  });

  it('refuses schedules that make no sense', () => {
    for (const wrong of [
      { schedule: 'x' },
      { factor: 0 },
      { factor: 1.5 },
      { every: 0 },
      { warmUp: -1 },
      { warmUp: 6 },
    ]) {
      expect(() => trainNetwork(network, data, { rates: wrong as never })).toThrow(/rates\./);
    }
  });
});

describe('early stopping', () => {
  const options = { epochs: 60, learningRate: 0.05, validation, earlyStopping: { patience: 4 } } as const;

  it('ends so many epochs after the best one and gives its network', async () => {
    const { network: tuned, history, bestEpoch } = await trainNetwork(network, data, options).result();
    const losses = history.map(({ valLoss }) => valLoss!);
    expect(bestEpoch).toBe(1 + losses.indexOf(Math.min(...losses)));
    expect(history).toHaveLength(bestEpoch! + 4);
    expect(history.length).toBeLessThan(60);
    const { loss } = await evaluate(tuned, validation, { engine: 'reference' });
    expectClose([losses[bestEpoch! - 1]!], [loss], trainingTolerances.formula);
  });

  it('counts only what is better by the least, and asks for samples to judge by', async () => {
    const strict = { ...options, earlyStopping: { patience: 2, least: 1e9 } };
    expect((await trainNetwork(network, data, strict).result()).history).toHaveLength(3);
    const { validation: _none, ...without } = options;
    expect(() => trainNetwork(network, data, without)).toThrow(/stopped early/);
    expect(() => trainNetwork(network, data, { ...options, earlyStopping: { patience: 0 } })).toThrow(
      /positive integer/,
    );
  });
});

describe('a journal', () => {
  const at = (name: string): string => join(folder, name);
  const common: TrainOptions = {
    epochs: 5,
    batch: 16,
    seed: 6,
    hold,
    validation,
    earlyStopping: { patience: 3 },
    rates: { schedule: 'cosine', warmUp: 1 },
  };

  async function interrupted(journal: string, options: TrainOptions, after: number): Promise<void> {
    for await (const event of trainNetwork(network, data, { ...options, journal })) {
      if (event.type === 'epoch' && event.epoch === after) return;
    }
  }

  it.each(optimizerNames)('lets a run with %s go on and end with the same bytes', async (optimizer) => {
    const options = { ...common, optimizer, momentum: 0.9 };
    const whole = await trainNetwork(network, data, options).result();
    for (const after of [1, 2]) {
      const journal = at(`${optimizer}-${after}`);
      await interrupted(journal, options, after);
      const events: TrainingEvent[] = [];
      const run = trainNetwork(network, data, { ...options, journal });
      for await (const event of run) events.push(event);
      const resumed = await run.result();
      expect(weightsOf(resumed.network)).toEqual(weightsOf(whole.network));
      const figures = (history: typeof whole.history) => history.map(({ seconds: _seconds, ...rest }) => rest);
      expect(figures(resumed.history)).toEqual(figures(whole.history));
      expect(resumed.bestEpoch).toBe(whole.bestEpoch);
      expect(events.flatMap((event) => (event.type === 'epoch' ? [event.epoch] : []))).toEqual(
        whole.history.map(({ epoch }) => epoch),
      );
      const again = await trainNetwork(network, data, { ...options, journal }).result();
      expect(weightsOf(again.network)).toEqual(weightsOf(whole.network));
    }
  });

  it('of another run is refused, naming what is another', async () => {
    const journal = at('other');
    await interrupted(journal, common, 1);
    const other = [
      [network, data, { ...common, epochs: 6 }, 'another options'],
      [network, data, { ...common, hold: {} }, 'another held'],
      [pruned(), data, common, 'another network'],
      [network, validation, common, 'another samples'],
    ] as const;
    for (const [of, on, options, message] of other) {
      await expect(trainNetwork(of, on, { ...options, journal }).result()).rejects.toThrow(message);
    }
  });

  it('that is damaged is refused', async () => {
    const journal = at('damaged');
    await interrupted(journal, common, 1);
    const bytes = readFileSync(journal);
    for (const place of [0, 100, bytes.length >> 1, bytes.length - 4]) {
      const bent = Buffer.from(bytes);
      bent[place]! ^= 0x10;
      writeFileSync(journal, bent);
      await expect(trainNetwork(network, data, { ...common, journal }).result()).rejects.toMatchObject({
        name: 'SecateurError',
      });
    }
    await expect(trainNetwork(network, data, { ...common, journal: at('no/folder') }).result()).rejects.toMatchObject({
      code: 'ERR_IO',
    });
  });
});

it('fine-tuning makes up for what pruning took', async () => {
  const digits = await loadDataset('digits', { limit: 600, seed: 1 });
  const shape = digits.shape;
  const spec: LayerSpec[] = [
    { name: 'in', kind: 'input', config: { shape } },
    { name: 'flat', kind: 'flatten' },
    { name: 'a', kind: 'dense', config: { units: 32 } },
    { name: 'r', kind: 'activation', config: { fn: 'relu' } },
    { name: 'b', kind: 'dense', config: { units: 10 } },
  ];
  const { network: trained } = await trainNetwork(initialize({ layers: spec }, { seed: 1 }), digits, {
    epochs: 8,
  }).result();
  const kernel = weightIn(trained, 'a', 'kernel');
  const order = [...kernel.keys()].sort((i, k) => Math.abs(kernel[i]!) - Math.abs(kernel[k]!));
  const gone = new Uint8Array(kernel.length);
  for (const i of order.slice(0, 0.9 * kernel.length)) gone[i] = 1;
  const masked = withKernel(
    trained,
    2,
    kernel.map((value, i) => (gone[i] ? 0 : value)),
  );
  const held = { a: { kernel: gone } };
  const { network: tuned } = await trainNetwork(masked, digits, { epochs: 8, hold: held, learningRate: 3e-3 }).result();
  const loss = async (of: Network) => (await evaluate(of, digits)).loss;
  expect(await loss(tuned)).toBeLessThan(0.7 * (await loss(masked)));
  expect(
    weightIn(tuned, 'a', 'kernel')
      .map((value, i) => (gone[i] ? value : 0))
      .every((value) => value === 0),
  ).toBe(true);
});
