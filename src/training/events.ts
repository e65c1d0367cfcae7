import type { LossName, Network } from '../network/index.js';
import type { BackendName } from './backends.js';
import type { OptimizerName } from './optimizers.js';

/** What is about to run; always the first event. */
export interface StartEvent {
  readonly type: 'start';
  readonly schemaVersion: 1;
  readonly backend: BackendName;
  /** Version of tfjs. */
  readonly version: string;
  /** What the reader should know about the choice of backend, or null. */
  readonly notice: string | null;
  readonly lossName: LossName;
  readonly optimizer: OptimizerName;
  readonly samples: number;
  readonly epochs: number;
  readonly parameters: number;
}

/** Several times a second. `loss` is the mean over this epoch so far. */
export interface TrainingProgressEvent {
  readonly type: 'progress';
  readonly epoch: number;
  /** Samples learnt from in all epochs, out of `of`. */
  readonly done: number;
  readonly of: number;
  readonly loss: number;
  readonly seconds: number;
  readonly eta: number;
}

/** One pass over the samples is over. */
export interface EpochEvent {
  readonly type: 'epoch';
  /** Counts from 1. */
  readonly epoch: number;
  /** Mean over the samples, each with the weights it met; dropout and batch statistics included. */
  readonly loss: number;
  /** Share of right answers; null for the mean squared error. */
  readonly accuracy: number | null;
  /** The same on the validation samples with the weights at the epoch's end; null without such samples. */
  readonly valLoss: number | null;
  readonly valAccuracy: number | null;
  /** What this epoch took, validation included. */
  readonly seconds: number;
}

/** The last event of a training. */
export interface TrainingDoneEvent {
  readonly type: 'done';
  /** Epochs that were run: fewer than asked for if the training was stopped early. */
  readonly epochs: number;
  /** The epoch with the lowest validation loss, whose network is the result; null without early stopping. */
  readonly bestEpoch: number | null;
  readonly seconds: number;
}

/** What a training tells, in order. */
export type TrainingEvent = StartEvent | TrainingProgressEvent | EpochEvent | TrainingDoneEvent;

/** What a training ends with. */
export interface TrainingResult {
  /** The trained network; the one that was given is unchanged. */
  readonly network: Network;
  readonly backend: BackendName;
  readonly history: readonly EpochEvent[];
  /** The epoch that the network is from; null without early stopping: the last one. */
  readonly bestEpoch: number | null;
}
