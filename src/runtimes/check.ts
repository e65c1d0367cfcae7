import {
  type Agreement,
  agreements,
  agrees,
  type EngineName,
  forwardAll,
  movedNetwork,
  selectEngine,
  worstOf,
} from '../engine/index.js';
import { type FormatName, formatOf, loadModel } from '../formats/index.js';
import { layerAt, type Network } from '../network/index.js';
import { sizeOf } from '../tensor/tensor.js';
import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import { createRandom } from '../util/random.js';
import { findOnnxruntime } from './onnxruntime.js';
import { type Found, reasonOf } from './runtime.js';
import { findTfjs, findTfjsForKeras } from './tfjs.js';

/** By format: what runs its files. */
const runtimes: { readonly [F in FormatName]: () => Promise<Found> } = {
  onnx: findOnnxruntime,
  tfjs: findTfjs,
  keras: findTfjsForKeras,
  'keras-h5': findTfjsForKeras,
};

/** How the runtime of a file's format agrees with us on its outputs. */
export interface FileCheck {
  /** What ran the file, with its version; null if nothing here can. */
  readonly runtime: string | null;
  /** Why nothing ran it; null if something did. */
  readonly reason: string | null;
  /** Random samples that were compared. */
  readonly samples: number;
  /** Of several outputs, on the one that comes nearest to its tolerance. */
  readonly maxAbsDifference: number | null;
  /** What rounding can make of it; the file is refused beyond. */
  readonly tolerance: number | null;
}

/** How a model file is checked; numbers of samples and tolerances are not for choosing. */
export interface CheckOptions {
  readonly engine?: EngineName;
  readonly threads?: number;
  /** Seed of the random samples. Default 0. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

const samples = 16;

/**
 * Runs a model file in its format's own runtime and compares the outputs with those of the network that it is to be.
 *
 * @throws SecateurError ERR_GATE if they differ by more than rounding can explain, or if the runtime does not take the file;
 * ERR_ABORTED.
 */
export async function checkFile(path: string, network: Network, options: CheckOptions = {}): Promise<FileCheck> {
  expectArguments({ path, network, options });
  const found = await runtimes[await formatOf(path)]();
  if ('reason' in found) return unchecked(found.reason);
  const { runtime } = found;
  const random = createRandom(options.seed ?? 0);
  const size = sizeOf(layerAt(network, network.input).outputShape);
  const x = Float32Array.from({ length: samples * size }, () => random.normal());
  const ours = await computed(network, x, options);
  const theirs = await outputsOf(path, x, found);
  if ('reason' in theirs) return unchecked(theirs.reason);
  const worst = worstOf(agreements(ours.outputs, theirs, ours.moved).map(inEither));
  if (theirs.length !== ours.outputs.length || !agrees(worst)) {
    throw new SecateurError(
      'ERR_GATE',
      `${runtime.name} computes outputs that differ by ${worst.difference}, more than ${worst.tolerance}`,
      { hint: 'the file was not put in place; please report this with the model' },
    );
  }
  return {
    runtime: runtime.name,
    reason: null,
    samples,
    maxAbsDifference: worst.difference,
    tolerance: worst.tolerance,
  };
}

const unchecked = (reason: string): FileCheck => ({
  runtime: null,
  reason,
  samples: 0,
  maxAbsDifference: null,
  tolerance: null,
});

/** What rounding can do in either of two programs. */
const inEither = ({ difference, tolerance }: Agreement): Agreement => ({ difference, tolerance: 2 * tolerance });

/** Outputs of the network here, and when it is moved by roundings. */
async function computed(network: Network, x: Float32Array, { engine: name, threads, signal }: CheckOptions) {
  const { engine } = selectEngine(name);
  const settings = threads === undefined ? {} : { threads };
  const stop = signal ? { signal } : {};
  using compiled = engine.compile(network, settings);
  using moved = engine.compile(movedNetwork(network), settings);
  const input = { x, count: samples, scale: 1 };
  return { outputs: await forwardAll(compiled, input, stop), moved: await forwardAll(moved, input, stop) };
}

/** What the runtime makes of the file; a reason where it lacks what the format has. */
async function outputsOf(
  path: string,
  x: Float32Array,
  found: Extract<Found, { runtime: unknown }>,
): Promise<readonly Float32Array[] | { readonly reason: string }> {
  const { runtime } = found;
  const network = await loadModel(path);
  try {
    await using model = await runtime.open(path, network);
    return await model.run(x, samples);
  } catch (error) {
    if (error instanceof SecateurError && ['ERR_MODEL_UNSUPPORTED', 'ERR_BACKEND'].includes(error.code)) {
      return { reason: reasonOf(runtime.name, error) };
    }
    throw new SecateurError('ERR_GATE', `${runtime.name} does not take the file: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
