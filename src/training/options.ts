import type { LabelledData } from '../data/index.js';
import { type LabelledSamples, prepareLabelled } from '../engine/index.js';
import type { LossHead, LossName, Network } from '../network/index.js';
import { expectOneOf, expectPositiveInteger, invalid, isFiniteNumber } from '../util/expect.js';
import { createRandom, type ResumableRandom } from '../util/random.js';
import type { BackendName } from './backends.js';
import { type OptimizerName, optimizerNames } from './optimizers.js';
import { createProgram, layerNamed, type Parameter, type Program } from './program.js';
import { checkRateSchedule, type RateSchedule } from './rates.js';

/** Numbers of weights that stay as they are, by layer and weight, in the weight's layout: 1 where one stays. */
export type HeldWeights = Readonly<Record<string, Readonly<Record<string, Uint8Array>>>>;

/** When a training ends before its last epoch. */
export interface EarlyStopping {
  /** Epochs in a row without a better validation loss after which it ends. */
  readonly patience: number;
  /** By how much a validation loss must be lower to count as better. Default 0. */
  readonly least?: number;
}

/** How a network learns. */
export interface TrainOptions {
  /** Passes over the samples. Default 5. */
  readonly epochs?: number;
  /** Samples a step; the last step of an epoch takes what is left. Default 32. */
  readonly batch?: number;
  /** Default 1e-3. */
  readonly learningRate?: number;
  /** How the learning rate changes on the way. Default: it stays. */
  readonly rates?: RateSchedule;
  /** Default `adam`. */
  readonly optimizer?: OptimizerName;
  /** Of `sgd` and `nesterov`. Default 0. */
  readonly momentum?: number;
  /** Adds `l2 / 2` times the sum of all squared kernel weights to the loss that is learnt from, not to the one told. Default 0. */
  readonly l2?: number;
  /** Seed of the order of the samples and of dropout. Default 0. */
  readonly seed?: number;
  /** Whether each epoch takes the samples in a new order. Default true. */
  readonly shuffle?: boolean;
  /** Measured after each epoch. */
  readonly validation?: LabelledData;
  /** Ends the training when the validation loss gets no better; the result is the network of the best epoch. */
  readonly earlyStopping?: EarlyStopping;
  /** Weights that stay exactly as they are while the others learn: the zeros of a pruned network. */
  readonly hold?: HeldWeights;
  /** Names of layers that stay as they are; batch normalisation among them keeps to its averages. */
  readonly freeze?: readonly string[];
  /**
   * A file that is kept after every epoch. A run with the same network, data and options goes on from there, and ends with
   * the bytes of a run that nothing disturbed.
   */
  readonly journal?: string;
  /** Default: the model's own, else by its head and the targets. */
  readonly loss?: LossName;
  /** By name it works or the run fails; by default the best that is there: tfjs-node-gpu, tfjs-node, wasm, cpu. */
  readonly backend?: BackendName;
  readonly signal?: AbortSignal;
}

/** A training whose arguments are checked. */
export interface Prepared {
  readonly program: Program;
  readonly head: LossHead;
  readonly samples: LabelledSamples;
  readonly validation: LabelledSamples | null;
  readonly settings: Settings;
  readonly hold: (parameter: Parameter) => Uint8Array | undefined;
  readonly random: ResumableRandom;
  readonly options: TrainOptions;
}

/** Options with their defaults. */
export interface Settings {
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly rates: Required<RateSchedule>;
  readonly momentum: number;
  readonly l2: number;
  readonly optimizer: OptimizerName;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly earlyStopping: Required<EarlyStopping> | null;
}

/** @throws SecateurError ERR_ARGUMENT, ERR_SHAPE or ERR_DATA for input that does not fit. */
export function prepareTraining(network: Network, data: LabelledData, options: TrainOptions): Prepared {
  const settings = settingsOf(options);
  const { samples, head } = prepareLabelled(network, data, options.loss);
  const program = createProgram(network, head, options.freeze);
  if (program.learns.size === 0) throw invalid('network', 'a network with weights that can learn', network);
  return {
    program,
    head,
    samples,
    validation: options.validation ? prepareLabelled(network, options.validation, head.loss).samples : null,
    settings,
    hold: heldIn(network, options.hold ?? {}),
    random: createRandom(settings.seed),
    options,
  };
}

function settingsOf(options: TrainOptions): Settings {
  const { epochs = 5, batch = 32, learningRate = 1e-3, momentum = 0, l2 = 0, seed = 0 } = options;
  const { shuffle = true, rates = {} } = options;
  const optimizer = expectOneOf('optimizer', options.optimizer ?? 'adam', optimizerNames);
  expectPositiveInteger('epochs', epochs);
  expectPositiveInteger('batch', batch);
  if (!isFiniteNumber(learningRate) || learningRate <= 0)
    throw invalid('learningRate', 'a positive number', learningRate);
  if (!isFiniteNumber(momentum) || momentum < 0 || momentum >= 1)
    throw invalid('momentum', 'a number in [0, 1)', momentum);
  if (!isFiniteNumber(l2) || l2 < 0) throw invalid('l2', 'a number of at least 0', l2);
  const earlyStopping = stoppingOf(options);
  const rest = { epochs, batch, learningRate, momentum, l2, seed, shuffle };
  return { ...rest, optimizer, rates: checkRateSchedule(rates, epochs), earlyStopping };
}

function stoppingOf({ earlyStopping, validation }: TrainOptions): Required<EarlyStopping> | null {
  if (earlyStopping === undefined) return null;
  const { patience, least = 0 } = earlyStopping;
  expectPositiveInteger('earlyStopping.patience', patience);
  if (!isFiniteNumber(least) || least < 0) throw invalid('earlyStopping.least', 'a number of at least 0', least);
  if (validation === undefined) {
    throw invalid('validation', 'samples, by whose loss the training is stopped early', validation);
  }
  return { patience, least };
}

function heldIn(network: Network, hold: HeldWeights): Prepared['hold'] {
  for (const [name, weights] of Object.entries(hold)) {
    const layer = layerNamed(network, name);
    for (const [weight, mask] of Object.entries(weights)) {
      const size = layer.weights[weight]?.data.length;
      if (mask.length !== size)
        throw invalid('hold', `${size ?? 'no'} numbers for "${weight}" of layer "${name}"`, mask);
    }
  }
  return ({ uses, name }) => united(uses.flatMap((layer) => hold[layer.name]?.[name] ?? []));
}

/** What any of the masks holds; undefined where there is none. */
const united = ([first, ...others]: readonly Uint8Array[]): Uint8Array | undefined =>
  others.length === 0 ? first : first?.map((stays, i) => (stays || others.some((own) => own[i]) ? 1 : 0));
