import { setImmediate } from 'node:timers/promises';
import { accuracyOf, type LabelledSamples } from '../engine/index.js';
import { abortedError } from '../util/errors.js';
import { sampleOrder } from './batches.js';
import type { EpochEvent, TrainingEvent } from './events.js';
import type { BatchLoss } from './loss.js';
import type { Prepared, TrainOptions } from './options.js';
import { rateAt } from './rates.js';
import { diverged, type Trainer } from './trainer.js';

/** When the run started and last told its progress, and how it rests: over all epochs, which may be short. */
export interface Clock {
  readonly started: number;
  /** Epochs that were behind it when it started. */
  readonly behind: number;
  told: number;
  readonly breathe: () => Promise<void>;
}

export function startClock(started: number, behind: number, options: TrainOptions): Clock {
  return { started, behind, told: started, breathe: breather(options) };
}

export const secondsSince = (started: number): number => (performance.now() - started) / 1000;

/** One pass over the samples, and over those for validation. */
export async function* runEpoch(
  { samples, validation, head, settings, random }: Prepared,
  trainer: Trainer,
  epoch: number,
  clock: Clock,
): AsyncGenerator<TrainingEvent, EpochEvent> {
  const begun = performance.now();
  const sums = { lossSum: 0, correct: 0 };
  const order = sampleOrder(samples.count, settings.shuffle ? random : null);
  const steps = Math.ceil(samples.count / settings.batch);
  let step = (epoch - 1) * steps;
  for (const chosen of chunks(order, settings.batch)) {
    const rate = settings.learningRate * rateAt(settings.rates, { step: step++, steps, epochs: settings.epochs });
    add(sums, trainer.step(samples, chosen, rate));
    if (!Number.isFinite(sums.lossSum)) throw diverged(`the loss is ${sums.lossSum} in epoch ${epoch}`);
    await clock.breathe();
    if (performance.now() - clock.told < progressInterval) continue;
    clock.told = performance.now();
    const inEpoch = chosen.byteOffset / chosen.BYTES_PER_ELEMENT + chosen.length;
    yield progressEvent({ epoch, inEpoch, loss: sums.lossSum / inEpoch }, samples.count, settings.epochs, clock);
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

function progressEvent(
  { epoch, inEpoch, loss }: { readonly epoch: number; readonly inEpoch: number; readonly loss: number },
  samples: number,
  epochs: number,
  { started, behind }: Clock,
): TrainingEvent {
  const [done, of] = [(epoch - 1) * samples + inEpoch, samples * epochs];
  const seconds = secondsSince(started);
  const eta = (seconds * (of - done)) / (done - behind * samples);
  return { type: 'progress', epoch, done, of, loss, seconds, eta };
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
function breather({ signal, journal }: TrainOptions): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < breathInterval) return;
    await setImmediate();
    last = performance.now();
    if (signal?.aborted) throw abortedError(signal, { journal });
  };
}
