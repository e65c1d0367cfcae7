import { setImmediate } from 'node:timers/promises';
import type { LabelledData } from '../data/index.js';
import { accuracyOf, type LabelledSamples, prepareLabelled } from '../engine/index.js';
import type { LossHead, LossName, Network } from '../network/index.js';
import { sizeOf } from '../tensor/tensor.js';
import { abortedError, SecateurError } from '../util/errors.js';
import { expectOneOf, expectPositiveInteger, invalid, isFiniteNumber } from '../util/expect.js';
import { createRandom, type Random } from '../util/random.js';
import { type BackendName, loadBackend } from './backends.js';
import { sampleOrder } from './batches.js';
import type { EpochEvent, StartEvent, TrainingEvent, TrainingResult } from './events.js';
import type { BatchLoss } from './loss.js';
import { type OptimizerName, optimizerNames } from './optimizers.js';
import { createProgram, neededKernels, type Program } from './program.js';
import { diverged, Trainer } from './trainer.js';

export interface TrainOptions {
  /** Passes over the samples. Default 5. */
  readonly epochs?: number;
  /** Samples a step; the last step of an epoch takes what is left. Default 32. */
  readonly batch?: number;
  /** Default 1e-3. */
  readonly learningRate?: number;
  /** Default `adam`. */
  readonly optimizer?: OptimizerName;
  /** Of `sgd`. Default 0. */
  readonly momentum?: number;
  /** Seed of the order of the samples and of dropout. Default 0. */
  readonly seed?: number;
  /** Whether each epoch takes the samples in a new order. Default true. */
  readonly shuffle?: boolean;
  /** Measured after each epoch. */
  readonly validation?: LabelledData;
  /** Default: the model's own, else by its head and the targets. */
  readonly loss?: LossName;
  /** By name it works or the run fails; by default the best that is there: tfjs-node-gpu, tfjs-node, wasm, cpu. */
  readonly backend?: BackendName;
  readonly signal?: AbortSignal;
}

/** A run: read its events once with `for await`, or wait for its result. Nothing is computed before. */
export interface TrainingRun extends AsyncIterable<TrainingEvent> {
  /**
   * Runs to the end.
   *
   * @throws SecateurError ERR_ABORTED if the reading of the events was given up before.
   */
  result(): Promise<TrainingResult>;
}

/**
 * Trains a network, from the weights that it has, on tfjs.
 *
 * Events: `start`, `epoch` after each pass over the samples, `done`; `progress` several times a second between them. The
 * same network, data, options and backend give the same run. A signal is heard between two steps.
 *
 * @param data `x` holds whole samples in the model's own layout, `y` a class or a row of targets for each.
 * @throws SecateurError ERR_ARGUMENT, ERR_SHAPE or ERR_DATA for input that does not fit; while the events are read:
 * ERR_BACKEND if nothing can train here, ERR_DATA if the training diverges, ERR_ABORTED.
 * @example
 * const { network } = await trainNetwork(initialize(spec, { seed: 0 }), { x, y }, { epochs: 5 }).result();
 */
export function trainNetwork(network: Network, data: LabelledData, options: TrainOptions = {}): TrainingRun {
  const prepared = prepare(network, data, options);
  const finished: { result?: TrainingResult } = {};
  const events = run(prepared, finished);
  return {
    [Symbol.asyncIterator]: () => events,
    result: async () => {
      for await (const _ of events);
      if (finished.result !== undefined) return finished.result;
      throw new SecateurError('ERR_ABORTED', 'the training was left before its end', {
        hint: 'read its events to the end, or only wait for its result',
      });
    },
  };
}

interface Prepared {
  readonly program: Program;
  readonly head: LossHead;
  readonly samples: LabelledSamples;
  readonly validation: LabelledSamples | null;
  readonly settings: {
    readonly epochs: number;
    readonly batch: number;
    readonly learningRate: number;
    readonly momentum: number;
    readonly optimizer: OptimizerName;
    readonly shuffle: boolean;
  };
  readonly random: Random;
  readonly backend: BackendName | undefined;
  readonly signal: AbortSignal | undefined;
}

function prepare(network: Network, data: LabelledData, options: TrainOptions): Prepared {
  const { epochs = 5, batch = 32, learningRate = 1e-3, momentum = 0, seed = 0, shuffle = true } = options;
  const optimizer = expectOneOf('optimizer', options.optimizer ?? 'adam', optimizerNames);
  expectPositiveInteger('epochs', epochs);
  expectPositiveInteger('batch', batch);
  if (!isFiniteNumber(learningRate) || learningRate <= 0)
    throw invalid('learningRate', 'a positive number', learningRate);
  if (!isFiniteNumber(momentum) || momentum < 0 || momentum >= 1)
    throw invalid('momentum', 'a number in [0, 1)', momentum);
  const { samples, head } = prepareLabelled(network, data, options.loss);
  const program = createProgram(network, head);
  if (program.learns.size === 0) throw invalid('network', 'a network with weights that can learn', network);
  return {
    program,
    head,
    samples,
    validation: options.validation ? prepareLabelled(network, options.validation, head.loss).samples : null,
    settings: { epochs, batch, learningRate, momentum, optimizer, shuffle },
    random: createRandom(seed),
    backend: options.backend,
    signal: options.signal,
  };
}

async function* run(prepared: Prepared, finished: { result?: TrainingResult }): AsyncGenerator<TrainingEvent, void> {
  const { program, settings, random, backend, signal } = prepared;
  if (signal?.aborted) throw abortedError(signal);
  const started = performance.now();
  const loaded = await loadBackend({ ...(backend ? { backend } : {}), kernels: neededKernels(program) });
  yield startEvent(prepared, loaded);
  using trainer = new Trainer(loaded, program, { optimizer: settings.optimizer, settings, random });
  const history: EpochEvent[] = [];
  const clock = { started, told: started, breathe: breather(signal) };
  for (let epoch = 1; epoch <= settings.epochs; epoch++) {
    const event = yield* runEpoch(prepared, trainer, epoch, clock);
    history.push(event);
    yield event;
  }
  finished.result = { network: trainer.network(), backend: loaded.name, history };
  yield { type: 'done', epochs: settings.epochs, seconds: secondsSince(started) };
}

const secondsSince = (started: number): number => (performance.now() - started) / 1000;

function startEvent(
  { program, head, samples, settings }: Prepared,
  { name, version, notice }: Awaited<ReturnType<typeof loadBackend>>,
): StartEvent {
  const sizes = program.parameters.map((parameter) => sizeOf(parameter.layer.weights[parameter.name]?.shape ?? []));
  return {
    type: 'start',
    schemaVersion: 1,
    backend: name,
    version,
    notice,
    lossName: head.loss,
    optimizer: settings.optimizer,
    samples: samples.count,
    epochs: settings.epochs,
    parameters: sizes.reduce((sum, size) => sum + size, 0),
  };
}

/** When the run started and last told its progress, and how it rests: over all epochs, which may be short. */
interface Clock {
  readonly started: number;
  told: number;
  readonly breathe: () => Promise<void>;
}

async function* runEpoch(
  { samples, validation, head, settings, random }: Prepared,
  trainer: Trainer,
  epoch: number,
  clock: Clock,
): AsyncGenerator<TrainingEvent, EpochEvent> {
  const begun = performance.now();
  const sums = { lossSum: 0, correct: 0 };
  const order = sampleOrder(samples.count, settings.shuffle ? random : null);
  const of = samples.count * settings.epochs;
  for (const chosen of chunks(order, settings.batch)) {
    add(sums, trainer.step(samples, chosen));
    if (!Number.isFinite(sums.lossSum)) throw diverged(`the loss is ${sums.lossSum} in epoch ${epoch}`);
    await clock.breathe();
    if (performance.now() - clock.told < progressInterval) continue;
    clock.told = performance.now();
    const inEpoch = chosen.byteOffset / chosen.BYTES_PER_ELEMENT + chosen.length;
    const done = (epoch - 1) * samples.count + inEpoch;
    const seconds = secondsSince(clock.started);
    yield {
      type: 'progress',
      epoch,
      done,
      of,
      loss: sums.lossSum / inEpoch,
      seconds,
      eta: (seconds * (of - done)) / done,
    };
  }
  const validated = validation === null ? null : await validate(trainer, validation, clock.breathe);
  return {
    type: 'epoch',
    epoch,
    loss: sums.lossSum / samples.count,
    accuracy: accuracyOf(sums, samples.count, head),
    valLoss: validated === null ? null : validated.lossSum / validation!.count,
    valAccuracy: validated === null ? null : accuracyOf(validated, validation!.count, head),
    seconds: secondsSince(begun),
  };
}

/** Milliseconds between two events of progress, and between two looks at the rest of the process. */
const progressInterval = 200;
const breathInterval = 20;

/** Samples that are measured at once. */
const measuredAtOnce = 256;

async function validate(trainer: Trainer, samples: LabelledSamples, breathe: () => Promise<void>): Promise<BatchLoss> {
  const sums = { lossSum: 0, correct: 0 };
  for (const chosen of chunks(sampleOrder(samples.count, null), measuredAtOnce)) {
    add(sums, trainer.measure(samples, chosen));
    await breathe();
  }
  return sums;
}

function* chunks(order: Uint32Array, size: number): Generator<Uint32Array, void> {
  for (let i = 0; i < order.length; i += size) yield order.subarray(i, i + size);
}

function add(sums: { lossSum: number; correct: number }, { lossSum, correct }: BatchLoss): void {
  sums.lossSum += lossSum;
  sums.correct += correct;
}

/** Lets timers, signals and other work of the process have their turn, now and then. */
function breather(signal: AbortSignal | undefined): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < breathInterval) return;
    await setImmediate();
    last = performance.now();
    if (signal?.aborted) throw abortedError(signal);
  };
}
