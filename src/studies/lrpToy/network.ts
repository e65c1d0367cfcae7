import { join } from 'node:path';
import { dataFolders } from '../../data/index.js';
import { loadModel, saveModel } from '../../formats/index.js';
import { createNetwork, type LayerSpec, type Network } from '../../network/index.js';
import { digestOf } from '../../run/index.js';
import { tensor } from '../../tensor/tensor.js';
import { trainNetwork } from '../../training/index.js';
import { SecateurError } from '../../util/errors.js';
import { makeFolder } from '../../util/folders.js';
import { createRandom, type Random } from '../../util/random.js';
import type { TrialContext } from '../study.js';
import { classesOf, type ToyName, type ToySamples } from './samples.js';

/**
 * As published, the relu behind the third hidden layer is missing, because two relus share a key of a dictionary; the
 * corrected network has it.
 */
export const variants = ['as-published', 'corrected'] as const;
export type Variant = (typeof variants)[number];

/** Which network is trained, and for how long. */
export type NetworkChoice = {
  readonly variant: Variant;
  readonly dataset: ToyName;
  /** Of the first weights, of dropout and of the order of the samples. */
  readonly seed: number;
  /** Units of each of the three hidden layers. */
  readonly hidden: number;
  readonly epochs: number;
  readonly learningRate: number;
  /** Whether batches are drawn anew in each epoch, or the samples taken as they stand. */
  readonly shuffle: boolean;
};

/** Layers that lose units. */
export const hiddenNames = ['dense_1', 'dense_2', 'dense_3'] as const;

const batch = 100;
const momentum = 0.9;
const dropout = 0.5;

/** Files of the networks' cache are told apart by this too: it grows when training changes. */
const recipe = 1;

/**
 * A trained network: from the cache folder, or trained and put there (8 MB for 1000 units a layer).
 *
 * @throws SecateurError as {@link trainNetwork}; ERR_IO for a cache that cannot be written.
 */
export async function trainedNetwork(
  choice: NetworkChoice,
  samples: ToySamples,
  context: TrialContext,
): Promise<Network> {
  const { variant, dataset, seed } = choice;
  const digest = digestOf(JSON.stringify([recipe, choice]), samples.x, samples.y).slice(0, 16);
  const folder = join(dataFolders().cache, 'lrp-toy', `${dataset}-${variant}-${seed}-${digest}`);
  return (await kept(folder)) ?? train(choice, samples, folder, context);
}

async function kept(folder: string): Promise<Network | null> {
  try {
    return await loadModel(join(folder, 'model.json'));
  } catch (error) {
    if (error instanceof SecateurError && error.code === 'ERR_IO') return null;
    throw error;
  }
}

async function train(
  choice: NetworkChoice,
  samples: ToySamples,
  folder: string,
  { signal, tell }: TrialContext,
): Promise<Network> {
  const { seed, epochs, learningRate, shuffle } = choice;
  const training = trainNetwork(untrained(choice), samples, {
    epochs,
    batch,
    learningRate,
    momentum,
    seed,
    optimizer: 'sgd',
    shuffle,
    ...(signal === undefined ? {} : { signal }),
  });
  for await (const event of training) if (event.type === 'progress') tell('training', event.done / event.of);
  const { network } = await training.result();
  await makeFolder(folder);
  await saveModel(network, join(folder, 'model.json'));
  return network;
}

/** 2-1000-1000-1000-K with logits out, as PyTorch starts linear layers: weights and biases uniform in +-1/sqrt(inputs). */
export function untrained({ variant, dataset, seed, hidden }: NetworkChoice): Network {
  const random = createRandom(seed);
  const classes = classesOf(dataset);
  const third = variant === 'corrected' ? [relu('dense_3')] : [];
  return createNetwork({
    name: `lrp-toy-${dataset}`,
    layers: [
      { name: 'input', kind: 'input', config: { shape: [2] } },
      linear('dense_1', 2, hidden, random),
      relu('dense_1'),
      { name: 'dropout', kind: 'dropout', config: { rate: dropout } },
      linear('dense_2', hidden, hidden, random),
      relu('dense_2'),
      linear('dense_3', hidden, hidden, random),
      ...third,
      linear('output', hidden, classes, random),
    ],
    loss: 'crossentropy',
  });
}

const relu = (name: string): LayerSpec => ({ name: `${name}/activation`, kind: 'activation', config: { fn: 'relu' } });

function linear(name: string, inputs: number, units: number, random: Random): LayerSpec {
  const limit = 1 / Math.sqrt(inputs);
  const drawn = (length: number): Float32Array =>
    Float32Array.from({ length }, () => (2 * random.uniform() - 1) * limit);
  const weights = { kernel: tensor([inputs, units], drawn(inputs * units)), bias: tensor([units], drawn(units)) };
  return { name, kind: 'dense', config: { units }, weights };
}
