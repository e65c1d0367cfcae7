import type { EngineName, Start } from '../engine/index.js';
import type { LossName } from '../network/index.js';
import type { Shape } from '../tensor/tensor.js';
import type { Convention } from './conventions.js';
import type { RuleName } from './rules/index.js';

/** What is done how; always the first event. */
export interface StartEvent {
  readonly type: 'start';
  readonly schemaVersion: 1;
  readonly samples: number;
  readonly start: Start;
  readonly convention: Convention;
  /** Every layer that the scores depend on, in graph order, with the rule that it got. */
  readonly rules: readonly { readonly layer: string; readonly rule: RuleName }[];
  /** Batch normalisations that were folded into the layer before them. */
  readonly folded: readonly string[];
  readonly lossName: LossName;
  readonly engine: EngineName;
  /** What the reader should know about the choice of engine, or null. */
  readonly notice: string | null;
}

/** Work done so far, in samples; `seconds` since the start, `eta` seconds to go. */
export interface ProgressEvent {
  readonly type: 'progress';
  readonly done: number;
  readonly of: number;
  readonly seconds: number;
  readonly eta: number;
}

/** One node. With `s` its relevance for a sample, summed over positions, each number is a mean over the samples. */
export interface RelevanceEvent {
  readonly type: 'relevance';
  readonly layer: string;
  readonly node: number;
  /** Mean of `s`. */
  readonly relevance: number;
  /** Mean of `|s|`. */
  readonly absolute: number;
  /** Mean of `s^2`. */
  readonly square: number;
}

/** What a layer received at its output and handed on to its inputs: sums over its numbers, means over the samples. */
export interface ConservationEvent {
  readonly type: 'layer';
  readonly layer: string;
  readonly rule: RuleName;
  readonly received: number;
  /**
   * Null where an input is taken by another layer too, so that what came from here cannot be told apart, and where relevance
   * was not followed to every input.
   */
  readonly handed: number | null;
  /** How often over all samples a denominator was exactly 0, so that what came to it was lost. */
  readonly dead: number;
  /** Whether the rule promises that `handed` is `received`, but for dead denominators and what the stabiliser keeps. */
  readonly conserves: boolean;
}

/** The whole relevance of a layer that was asked for, `[samples, ...shape]`. */
export interface MapEvent {
  readonly type: 'map';
  readonly layer: string;
  readonly shape: Shape;
  readonly values: Float32Array | Float64Array;
}

/** The last event of a run. */
export interface DoneEvent {
  readonly type: 'done';
  readonly seconds: number;
  readonly nodes: number;
}

/** What a propagation tells, in order. */
export type PropagationRunEvent =
  | StartEvent
  | ProgressEvent
  | RelevanceEvent
  | ConservationEvent
  | MapEvent
  | DoneEvent;
