import type { LabelledData } from '../data/index.js';
import type { CompiledNetwork, LabelledSamples, RunOptions, Samples } from '../engine/index.js';
import type { Layer, LossHead, LossName, Network } from '../network/index.js';
import type { ResolvedOptions } from './options.js';
import type { PassMemory } from './passMemory.js';

/** Samples with what is expected of them, as engines take them. */
export interface Labelled {
  readonly samples: LabelledSamples;
  readonly head: LossHead;
}

/** What a criterion works on. What it did not declare to need may not be there: reading it is a bug. */
export interface Context {
  readonly network: Network;
  /** The layers whose nodes or weights are scored, in the order of the graph. */
  readonly layers: readonly Layer[];
  readonly options: ResolvedOptions;
  readonly samples: Samples;
  readonly labelled: Labelled;
  readonly compiled: CompiledNetwork;
  /** What criteria of the same run have asked before, if they share it. */
  readonly passes: PassMemory | null;
  /** The data and options as they were given, for work that other rooms do. */
  readonly request: { readonly data: LabelledData; readonly loss?: LossName; readonly run: RunOptions };
}
