import type { LayerId, LossHead, Network } from '../network/index.js';
import type { LabelledSamples, Samples } from './labelled.js';
import type { ActivationSums, PropagationEvent, PropagationJob } from './propagation.js';

export type { LabelledSamples, Samples } from './labelled.js';

/** Nodes to be cut at one place: channel `nodes[k]` of the output of layer `site` is replaced by `values[k]`. */
export interface Sweep {
  readonly site: LayerId;
  readonly nodes: Uint32Array;
  readonly values: Float32Array;
  /**
   * Loss sums of the nodes over samples that came before these, whole blocks: theirs go on from there, with the bits of
   * one run over all of them. Default: 0 for each.
   */
  readonly before?: Float64Array;
}

export interface AblationJob {
  readonly samples: LabelledSamples;
  readonly head: LossHead;
  readonly sweeps: readonly Sweep[];
  /** Whether running estimates are wanted. */
  readonly partial: boolean;
  /** Whether the changes of single blocks are wanted. Default: no. */
  readonly blocks?: boolean;
  /** Whether sums for each class are wanted, for a loss by class. Default: no. */
  readonly perClass?: boolean;
  readonly signal?: AbortSignal;
}

/** Sums over samples: `lossSum` in double, in the order of fixed blocks of samples; `correct` as `Evaluation` has it. */
export interface Measured {
  readonly lossSum: number;
  readonly correct: number;
}

/** Sums of a network without some nodes; `flips` counts predictions that differ from those of the intact network. */
export interface Ablated extends Measured {
  readonly flips: number;
}

/**
 * What an engine says while it ablates. `baseline` comes first, but for its classes; every `node` is final; the nodes of
 * a sweep come in the order of its list and before those of the next sweep. `done` of `progress` counts work in samples
 * out of `count`, of which `resumed` took no time of this run.
 * `partial` is an estimate from `samples` of the samples: `changeSum` is intact minus ablated loss summed over them, and
 * `standardError` (of the mean change) comes from the spread of the block means, null with fewer than two blocks.
 * `block` is final: `changeSum` over block `block`, those of a node in order and right before the node.
 * `class` has the sums over the samples of one class; all classes come in order, right before the baseline or the node
 * that they belong to.
 */
export type EngineEvent =
  | ({ readonly type: 'baseline' } & Measured)
  | ({ readonly type: 'node'; readonly sweep: number; readonly index: number } & Ablated)
  | ({ readonly type: 'class'; readonly class: number; readonly samples: number } & Measured)
  | { readonly type: 'progress'; readonly done: number; readonly resumed?: number }
  | {
      readonly type: 'partial';
      readonly sweep: number;
      readonly index: number;
      readonly samples: number;
      readonly changeSum: number;
      readonly standardError: number | null;
    }
  | {
      readonly type: 'block';
      readonly sweep: number;
      readonly index: number;
      readonly block: number;
      readonly changeSum: number;
    };

/** Nodes that may be cut: channel `nodes[k]` of the output of layer `sites[k]` is replaced by `values[k]`. */
export interface Cuts {
  readonly sites: Uint32Array;
  readonly nodes: Uint32Array;
  readonly values: Float32Array;
}

/**
 * Sets of cuts, each on its own or grown from the one before. Set `i` holds the cuts `members[ends[i - 1]]` to
 * `members[ends[i] - 1]` (indices into `Cuts`; the first set begins at 0) and, where `grows[i]` is 1, all cuts of set
 * `i - 1` too: a row of growing sets is a removal in order, and what it has computed is used again by the next. No set
 * holds two cuts of one channel. `grows[0]` is 0.
 */
export interface CutSets {
  readonly members: Uint32Array;
  readonly ends: Uint32Array;
  readonly grows: Uint8Array;
  /** Loss sums of the sets over samples that came before these, as {@link Sweep} has them. */
  readonly before?: Float64Array;
}

/** Measures the network without each of many sets of nodes. */
export interface SetsJob {
  readonly samples: LabelledSamples;
  readonly head: LossHead;
  readonly cuts: Cuts;
  readonly sets: CutSets;
  readonly signal?: AbortSignal;
}

/**
 * What an engine says while it measures sets: the `baseline` first, then every `set` in the order of the job as soon as
 * it is final, `progress` between them as ablation has it.
 */
export type SetsEvent =
  | ({ readonly type: 'baseline' } & Measured)
  | ({ readonly type: 'set'; readonly set: number } & Ablated)
  | { readonly type: 'progress'; readonly done: number; readonly resumed?: number };

/**
 * Sums over all samples. For cross-entropy, `correct` counts samples whose largest score (the first of equals) is the
 * label; for binary cross-entropy, scores on the right side of 0; for the mean squared error it is 0 and means nothing.
 */
export interface Evaluation extends Measured {
  /** For cross-entropy, by label: how many samples, how many right, the sum of their losses. Else empty. */
  readonly perClass: readonly { readonly samples: number; readonly correct: number; readonly lossSum: number }[];
  /** Of each sample. */
  readonly losses: Float64Array;
}

/** About how many seconds an ablation will take where nothing else wants the processors. */
export interface Prediction {
  /** The pass that the baseline comes from. */
  readonly intact: number;
  /** Everything else. */
  readonly sweeps: number;
}

/** What a run may use of the machine. Results depend on none of it. */
export interface EngineOptions {
  /** Threads that compute; results do not depend on it. Default: the cores of the machine. */
  readonly threads?: number;
  /**
   * Bytes that a run may take for its work, besides its input and the network's weights; results do not depend on it.
   * Default: 384 MiB.
   */
  readonly memory?: number;
}

/** A network made ready by an engine. Owns memory: dispose of it. Every method throws ERR_ARGUMENT after that. */
export interface CompiledNetwork extends Disposable {
  readonly network: Network;
  /** Output of layer `layer` (default: the network's measured output), `[count, ...shape]`. */
  forward(samples: Samples, options?: { layer?: LayerId; signal?: AbortSignal }): Promise<Float32Array>;
  evaluate(samples: LabelledSamples, head: LossHead, options?: { signal?: AbortSignal }): Promise<Evaluation>;
  /** For each site sums over all samples of its output, in double, over fixed blocks of samples merged in order. */
  activationSums(
    samples: Samples,
    sites: readonly LayerId[],
    options?: { signal?: AbortSignal },
  ): Promise<ActivationSums[]>;
  /**
   * Sends a signal from the scores back to the input by a rule a layer. Sums are in double, over fixed blocks of samples
   * merged in order. Leaving the loop early frees everything.
   */
  propagate(job: PropagationJob): AsyncIterableIterator<PropagationEvent>;
  /** Pull: work goes on only a bounded way ahead of the reader; leaving the loop early frees everything. */
  ablate(job: AblationJob): AsyncIterableIterator<EngineEvent>;
  /** How long `ablate` will take: runs the job's own steps on a few of the samples. */
  predict(job: AblationJob): Promise<Prediction>;
  /** The same for sets of nodes; memory for sums grows with the sets of the longest row of growing ones. */
  ablateSets(job: SetsJob): AsyncIterableIterator<SetsEvent>;
}

/** What computes: C++ (`native`) or the plain specification in TypeScript (`reference`). */
export type EngineName = 'reference' | 'native';

/** What computes. */
export interface Engine {
  readonly name: EngineName;
  /** Takes a validated network. @throws SecateurError ERR_NATIVE if the engine cannot work here. */
  compile(network: Network, options?: EngineOptions): CompiledNetwork;
}

/** Bytes that a run takes unless it is told otherwise. */
export const defaultMemory = 384 * 2 ** 20;

/** Samples in a block whose sums are merged in order. Fixed, so that no setting changes a bit of any result. */
export const sampleBlock = 64;
