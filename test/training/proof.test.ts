import type { Optimizer } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type LabelledData, loadDataset } from '../../src/data/index.js';
import { prepareLabelled } from '../../src/engine/index.js';
import { denseNetwork, initialize, layerAt, type Network } from '../../src/network/index.js';
import { type LoadedBackend, type OptimizerName, toLayersModel } from '../../src/training/index.js';
import { createProgram } from '../../src/training/program.js';
import type { Tensor, Tf } from '../../src/training/tf.js';
import { Trainer } from '../../src/training/trainer.js';
import { createRandom } from '../../src/util/random.js';
import { folderFrom } from '../support/environment.js';
import { tfjsNode } from '../support/tfjsBackend.js';
import { slack } from '../support/tolerance.js';
import { trainingTolerances } from '../support/trainingTolerance.js';

/*
 * The loop of `trainNetwork` against tfjs' own, from the same weights over the same batches in the same order: the same
 * mathematics. Two things of tfjs' own Adam differ from the Keras that `adam` follows: epsilon is added to
 * `sqrt(v / (1 - b2^t))` instead of to `sqrt(v)`, and `1 - b2^t` is taken in float32, off by 3e-5 at first. So `adam` is
 * judged by `model.fit` with Keras' rule, and `adam-tfjs` by `model.fit` as it is.
 */

const batch = 32;

/** Keras' Adam for tfjs: `w -= rate sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + epsilon)`, its coefficients in double. */
function kerasAdam(tf: Tf): Optimizer {
  class KerasAdam extends tf.Optimizer {
    static readonly className = 'KerasAdam';
    #step = 0;
    readonly #averages = new Map<string, { m: Tensor; v: Tensor }>();

    override applyGradients(gradients: Record<string, Tensor> | { name: string; tensor: Tensor }[]): void {
      this.#step += 1;
      const rate = (1e-3 * Math.sqrt(1 - 0.999 ** this.#step)) / (1 - 0.9 ** this.#step);
      const named = Array.isArray(gradients)
        ? gradients
        : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
      for (const { name, tensor: g } of named) {
        const { m: oldM, v: oldV } = this.#averages.get(name) ?? { m: tf.zerosLike(g), v: tf.zerosLike(g) };
        const m = tf.keep(tf.add(tf.mul(oldM, 0.9), tf.mul(g, 0.1)));
        const v = tf.keep(tf.add(tf.mul(oldV, 0.999), tf.mul(tf.square(g), 0.001)));
        const variable = tf.engine().registeredVariables[name]!;
        variable.assign(tf.sub(variable, tf.div(tf.mul(m, rate), tf.add(tf.sqrt(v), 1e-7))));
        tf.dispose([oldM, oldV]);
        this.#averages.set(name, { m, v });
      }
    }

    getConfig() {
      return {};
    }
  }
  return new KerasAdam();
}

interface Losses {
  readonly steps: readonly number[];
  /** Mean over the samples. */
  readonly epoch: number;
}

function ours(loaded: LoadedBackend, network: Network, data: LabelledData, optimizer: OptimizerName): Losses {
  const { samples, head } = prepareLabelled(network, data);
  const settings = { momentum: 0 };
  const options = { optimizer, settings, random: createRandom(0) };
  using trainer = new Trainer(loaded, createProgram(network, head), options);
  const steps = [];
  let sum = 0;
  for (let i = 0; i < samples.count; i += batch) {
    const count = Math.min(batch, samples.count - i);
    const chosen = Uint32Array.from({ length: count }, (_, k) => i + k);
    const { lossSum } = trainer.step(samples, chosen, 1e-3);
    steps.push(lossSum / count);
    sum += lossSum;
  }
  return { steps, epoch: sum / samples.count };
}

async function theirs(tf: Tf, network: Network, data: LabelledData, adam: Optimizer): Promise<Losses> {
  const model = await toLayersModel(tf, network);
  model.compile({ optimizer: adam, loss: 'sparseCategoricalCrossentropy' });
  const x = tf.tensor(
    Float32Array.from(data.x, (v) => v * (data.scale ?? 1)),
    [data.y.length, ...layerAt(network, network.input).outputShape],
  );
  const y = tf.tensor1d(Float32Array.from(data.y));
  const steps: number[] = [];
  const callbacks = { onBatchEnd: (_: number, logs?: { loss?: number }) => void steps.push(logs?.loss ?? Number.NaN) };
  const { history } = await model.fit(x, y, { epochs: 1, batchSize: batch, shuffle: false, verbose: 0, callbacks });
  tf.dispose([x, y]);
  model.dispose();
  return { steps, epoch: Number(history.loss?.[0]) };
}

const widest = (a: Losses, b: Losses): number =>
  Math.max(...a.steps.slice(0, 100).map((loss, i) => Math.abs(loss - b.steps[i]!)));

async function prove(backend: LoadedBackend, network: Network, data: LabelledData): Promise<void> {
  const { tf } = backend;
  const judges = { adam: kerasAdam(tf), 'adam-tfjs': tf.train.adam(1e-3, 0.9, 0.999, 1e-7) } as const;
  for (const [rule, judgeRule] of Object.entries(judges)) {
    const own = ours(backend, network, data, rule as keyof typeof judges);
    const judge = await theirs(tf, network, data, judgeRule);
    const epoch = Math.abs(own.epoch - judge.epoch);
    process.stdout.write(
      `${network.name}, ${rule}, ${own.steps.length} steps: first 100 losses within ${widest(own, judge)}, epoch ${epoch}\n`,
    );
    expect(judge.steps.length).toBe(own.steps.length);
    expect(widest(own, judge)).toBeLessThanOrEqual(slack(trainingTolerances.stepLoss, 1));
    expect(epoch).toBeLessThanOrEqual(slack(trainingTolerances.epochLoss, 1));
    expect(own.steps.at(-1)!).toBeLessThan(own.steps[0]!);
  }
}

const loaded = await tfjsNode('the proof of the training loop against model.fit');

describe.skipIf(loaded === null)('the training loop', () => {
  it('makes the losses of model.fit on the embedded digits, from the same start in the same order', async () => {
    const digits = await loadDataset('digits');
    const network = initialize(denseNetwork(digits.shape, [128], 10), { seed: 0x51 });
    await prove(loaded!, network, twice(digits));
  });

  it.skipIf(folderFrom('SECATEUR_DATA', 'the same proof on MNIST') === undefined)(
    'makes the losses of model.fit on MNIST with the network of the ablation study',
    async () => {
      const mnist = await loadDataset('mnist', { limit: 9600 });
      await prove(loaded!, initialize(denseNetwork(mnist.shape, [128], 10), { seed: 0x52 }), mnist);
    },
  );
});

/** The samples two times over: more than 100 batches. */
function twice({ x, y, scale }: LabelledData): LabelledData {
  const doubled = <T extends LabelledData['x' | 'y']>(values: T): T => {
    const both = new (values.constructor as new (length: number) => T)(2 * values.length);
    both.set(values);
    both.set(values, values.length);
    return both;
  };
  return { x: doubled(x), y: doubled(y), ...(scale === undefined ? {} : { scale }) };
}
