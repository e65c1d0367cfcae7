import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { LossName, Targets } from '../../network/index.js';
import { SecateurError } from '../../util/errors.js';
import type { CutSets, Cuts, Samples, Sweep } from '../engine.js';
import type { BackwardRule, Start, Tap } from '../propagation.js';

declare const brand: unique symbol;
/** A packed network of the addon; frees itself with the garbage collector, or at once by `release`. */
export type NetworkHandle = { readonly [brand]: 'network' };
/** Work of the addon; lost before it ended, it is cancelled. */
export type TaskHandle = { readonly [brand]: 'task' };

/** A layer as the C++ engine takes it: what `ints`, `floats` and `weights` mean belongs to its kind. */
export interface NativeLayer {
  readonly kind: string;
  readonly inputs: readonly number[];
  readonly shape: readonly number[];
  readonly ints: readonly number[];
  readonly floats: readonly number[];
  /** Null where an optional one is absent. */
  readonly weights: readonly (Float32Array | null)[];
}

export interface NativeOptions {
  readonly threads: number;
  readonly memory: number;
}

export interface NativeSamples extends Samples {
  readonly x: Float32Array | Uint8Array;
}

export interface NativeHead {
  readonly loss: LossName;
  readonly layer: number;
}

export interface NativeJob {
  readonly samples: NativeSamples;
  readonly targets: Targets;
  readonly head: NativeHead;
  readonly sweeps: readonly Sweep[];
  readonly partial: boolean;
  readonly blocks: boolean;
  readonly perClass: boolean;
}

export interface NativeEvaluation {
  readonly lossSum: number;
  readonly correct: number;
  /** Samples, correct and loss sum of each class. */
  readonly perClass: Float64Array;
  /** By sample. */
  readonly losses: Float64Array;
}

export interface NativeSetsJob {
  readonly samples: Samples;
  readonly targets: Targets;
  readonly head: NativeHead;
  readonly cuts: Cuts;
  readonly sets: CutSets;
}

export interface NativePropagation {
  readonly samples: NativeSamples;
  readonly targets: Targets;
  readonly head: NativeHead;
  readonly start: Start;
  readonly rules: readonly BackwardRule[];
  readonly taps: readonly Tap[];
  /** Written in place. */
  readonly maps: readonly { readonly layer: number; readonly signal: Float32Array }[];
  readonly weightGradients: readonly number[];
  readonly squaredGradients: boolean;
  readonly weightedSquares: readonly number[];
  readonly totals: boolean;
}

/** Events in columns; the C++ header of the engine says what `first`, `second` and `third` of each type are. */
export interface NativeBatch {
  readonly type: Uint8Array;
  readonly sweep: Uint32Array;
  readonly index: Uint32Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
  readonly third: Float64Array;
  /** Nothing comes after this batch. */
  readonly done: boolean;
  /** With the last batch what a propagation has found. */
  readonly result?: unknown;
}

type Callback<T> = (error: Error | null, value: T) => void;

/**
 * What the addon exports. It checks every argument and throws an Error with a `code`. Arrays are read (and `output`
 * written) in place until the task has ended: they must not be transferred to another thread meanwhile.
 */
export interface Addon {
  info(): {
    readonly contract: number;
    readonly isa: string;
    readonly isas: readonly string[];
    readonly capacity: number;
  };
  compile(layers: readonly NativeLayer[]): NetworkHandle;
  release(network: NetworkHandle): void;
  forward(
    network: NetworkHandle,
    samples: NativeSamples,
    layer: number,
    output: Float32Array,
    options: NativeOptions,
  ): TaskHandle;
  evaluate(
    network: NetworkHandle,
    samples: NativeSamples,
    targets: Targets,
    head: NativeHead,
    options: NativeOptions,
  ): TaskHandle;
  activationSums(
    network: NetworkHandle,
    samples: NativeSamples,
    sites: Uint32Array,
    options: NativeOptions,
  ): TaskHandle;
  ablate(network: NetworkHandle, job: NativeJob, options: NativeOptions): TaskHandle;
  /** Ends with {@link Prediction}. */
  predict(network: NetworkHandle, job: NativeJob, options: NativeOptions): TaskHandle;
  ablateSets(network: NetworkHandle, job: NativeSetsJob, options: NativeOptions): TaskHandle;
  propagate(network: NetworkHandle, job: NativePropagation, options: NativeOptions): TaskHandle;
  /** The next events of a task that streams, up to `limit`; one call at a time. */
  next(task: TaskHandle, limit: number, callback: Callback<NativeBatch>): void;
  cancel(task: TaskHandle): void;
  /** Calls back once the task's thread is gone and its arrays are let go. */
  whenEnded(task: TaskHandle, callback: Callback<unknown>): void;
  /** Tasks of this environment that have a thread or hold arrays. */
  liveTasks(): number;
  /** Events of such a task that wait to be read, never more than `info().capacity`. */
  backlog(task: TaskHandle): number;
}

/** The version of {@link Addon} that this code was written for. */
const contract = 9;

const notAvailable = (reason: string, cause?: unknown): SecateurError =>
  new SecateurError('ERR_NATIVE', `the native engine is not available: ${reason}`, {
    hint: 'build it with `npm run setup` (it needs CMake and a C++20 compiler), or ask for the reference engine',
    cause,
  });

type Finder = ((folder: string) => unknown) & { path(folder: string): string };
const finder = (): Finder => createRequire(import.meta.url)('node-gyp-build');
const root = (): string => fileURLToPath(new URL('../../../', import.meta.url));

/** Finds the addon's file (build/Release of a checkout, prebuilds/ of a package) and loads it. */
const loadFile = (): unknown => finder()(root());

/** Tells one build of the addon from another: its file's size and time. */
export function addonStamp(): string {
  const { size, mtimeMs } = statSync(finder().path(root()));
  return `${size}-${mtimeMs}`;
}

/**
 * Loads the addon by `load`.
 *
 * @throws SecateurError ERR_NATIVE with the cause if it is not there, cannot be loaded or was built for another version.
 */
export function loadAddon(load: () => unknown = loadFile): Addon {
  let addon: Addon;
  try {
    addon = load() as Addon;
  } catch (cause) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw notAvailable(reason ?? 'it could not be loaded', cause);
  }
  const built = addon.info().contract;
  if (built !== contract) throw notAvailable(`it was built for interface ${built} instead of ${contract}`);
  return addon;
}
