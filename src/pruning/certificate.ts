import type { LabelledData } from '../data/index.js';
import {
  type Agreement,
  accuracyOf,
  agreements,
  agrees,
  type CompiledNetwork,
  type EngineName,
  forwardAll,
  type LabelledSamples,
  movedNetwork,
  prepareLabelled,
  selectEngine,
  worstOf,
} from '../engine/index.js';
import { losses } from '../metrics/index.js';
import {
  type LossHead,
  type LossName,
  layerAt,
  lossHead,
  type Network,
  networkDigest,
  ownWeights,
  summarize,
} from '../network/index.js';
import { digestOf } from '../run/index.js';
import { sameShape, sizeOf } from '../tensor/tensor.js';
import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import { createRandom } from '../util/random.js';
import { rebasePlan } from './algebra.js';
import { maskNetwork } from './mask.js';
import { checkPlan, type PlannedNodes, type PruningPlan } from './plan.js';
import type { Kept } from './shrink.js';

/** A network in numbers; the last three are null without data, accuracy also where the loss knows no right and wrong. */
export interface Measurement {
  readonly parameters: number;
  /** How many of the parameters are 0. */
  readonly zeros: number;
  /** Multiply-accumulates for one sample. */
  readonly macs: number;
  readonly loss: number | null;
  readonly accuracy: number | null;
  /** By class: samples, how many are right, and the mean loss (null without samples). Null without classes. */
  readonly perClass:
    | readonly { readonly samples: number; readonly correct: number; readonly loss: number | null }[]
    | null;
}

/** The samples that two networks were measured on. */
export interface MeasuredData {
  readonly samples: number;
  readonly digest: string;
}

/** Two networks measured on the same samples. */
export interface Comparison {
  readonly engine: EngineName;
  readonly before: Measurement;
  readonly after: Measurement;
  /** Samples whose predicted class the pruned network changes; null without data or classes. */
  readonly flips: number | null;
  /** The same by the class of the sample; null without classes. */
  readonly flipsPerClass: readonly number[] | null;
  /** Null without data. */
  readonly data: MeasuredData | null;
}

/** The measured proof that a shrunk network computes what the plan says. */
export interface Certificate extends Comparison {
  readonly type: 'secateur-certificate';
  readonly version: 1;
  /** Digests. */
  readonly original: string;
  readonly shrunk: string;
  /** Digest of the masked network with other weights than the original's, after a training; null if they are the same. */
  readonly tuned: string | null;
  readonly plan: PruningPlan;
  readonly kept: readonly Kept[];
  readonly removed: readonly PlannedNodes[];
  /**
   * Largest difference between the masked and the shrunk network, over the data and over random inputs; of several outputs,
   * on the one that comes nearest to its tolerance.
   */
  readonly maxAbsDifference: { readonly data: number | null; readonly random: number };
  /** How far rounding can move that output of equal networks: measured on this one, over the same samples. */
  readonly tolerance: number;
  /** Whether all outputs lie within their tolerances. */
  readonly holds: boolean;
}

/** How the proof is run: on random inputs always, on `data` besides. */
export interface CertifyOptions {
  readonly data?: LabelledData;
  readonly loss?: LossName;
  readonly engine?: EngineName;
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Seed of the random inputs. Default 0. */
  readonly seed?: number;
  /** The masked network after a training: what the pruned network must compute then. Its layers are the original's. */
  readonly tuned?: Network;
}

/** What is certified: `removed` and `kept` as `shrinkNetwork` reports them. */
export interface Pruned {
  readonly network: Network;
  readonly removed: readonly PlannedNodes[];
  readonly kept: readonly Kept[];
}

const randomInputs = 256;

/**
 * Measures the original and the shrunk network and compares the shrunk with the masked one.
 *
 * @throws SecateurError ERR_DATA or ERR_ARGUMENT for a plan or data that do not fit; ERR_ABORTED.
 */
export async function certify(
  original: Network,
  plan: PruningPlan,
  shrunk: Pruned,
  options: CertifyOptions = {},
): Promise<Certificate> {
  expectArguments({ original, plan, shrunk: shrunk?.network, options });
  expectAlike(original, shrunk.network);
  const { engine } = selectEngine(options.engine);
  const settings = options.threads === undefined ? {} : { threads: options.threads };
  const maskedNetwork = maskedBy(original, plan, options);
  using masked = engine.compile(maskedNetwork, settings);
  using moved = engine.compile(movedNetwork(maskedNetwork), settings);
  using after = engine.compile(shrunk.network, settings);
  const labelled = options.data && prepareLabelled(original, options.data, options.loss);
  const random = randomSamples(original, options.seed ?? 0);
  const compared = [masked, after, moved] as const;
  const onRandom = await compare(compared, random, options);
  const onData = labelled ? await compare(compared, labelled.samples, options) : null;
  const worst = worstOf(onRandom.map((random, i) => together(random, onData?.[i] ?? null)));
  return {
    type: 'secateur-certificate',
    version: 1,
    original: networkDigest(original),
    shrunk: networkDigest(shrunk.network),
    tuned: options.tuned ? networkDigest(options.tuned) : null,
    plan,
    kept: shrunk.kept,
    removed: shrunk.removed,
    maxAbsDifference: { data: worst.data, random: worst.random },
    tolerance: worst.tolerance,
    holds: agrees(worst),
    ...(await compareNetworks(original, shrunk.network, options)),
  };
}

/**
 * Measures an original and what came of it, and whose predictions differ.
 *
 * @throws SecateurError ERR_SHAPE for networks that do not belong together, ERR_DATA or ERR_ARGUMENT for data that do not
 * fit; ERR_ABORTED.
 */
export async function compareNetworks(
  original: Network,
  pruned: Network,
  options: CertifyOptions = {},
): Promise<Comparison> {
  expectAlike(original, pruned);
  const { engine } = selectEngine(options.engine);
  const settings = options.threads === undefined ? {} : { threads: options.threads };
  const labelled = options.data && prepareLabelled(original, options.data, options.loss);
  using before = engine.compile(original, settings);
  using after = engine.compile(pruned, settings);
  return {
    engine: engine.name,
    before: await measurement(before, labelled, options),
    after: await measurement(after, labelled, options),
    ...(labelled ? await flipsOf(before, after, labelled, options) : { flips: null, flipsPerClass: null }),
    data: labelled ? { samples: labelled.samples.count, digest: digestOfSamples(labelled) } : null,
  };
}

const digestOfSamples = ({ samples: { x, targets, scale } }: Labelled): string => digestOf(x, targets, String(scale));

/** What the pruned network must compute. */
function maskedBy(original: Network, plan: PruningPlan, { tuned }: CertifyOptions): Network {
  return tuned ? maskNetwork(tuned, rebasePlan(checkPlan(original, plan), tuned)) : maskNetwork(original, plan);
}

/** What can be compared at all takes and gives the same. */
function expectAlike(original: Network, shrunk: Network): void {
  const misfit = (message: string): SecateurError =>
    new SecateurError('ERR_SHAPE', message, { hint: 'these two networks do not belong together' });
  const [before, after] = [endsOf(original), endsOf(shrunk)];
  if (before.length !== after.length) {
    throw misfit(`there are ${before.length - 1} outputs before and ${after.length - 1} after`);
  }
  for (const [i, { end, shape }] of before.entries()) {
    const other = after[i]!.shape;
    if (!sameShape(shape, other)) throw misfit(`the ${end} is [${shape}] before and [${other}] after`);
  }
}

const endsOf = (network: Network) =>
  [network.input, ...network.outputs].map((id, i) => ({
    end: i === 0 ? 'input' : `output ${network.outputs.length > 1 ? i : ''}`.trim(),
    shape: layerAt(network, id).outputShape,
  }));

type Labelled = { readonly samples: LabelledSamples; readonly head: LossHead };

function randomSamples(network: Network, seed: number): { x: Float32Array; count: number; scale: number } {
  const random = createRandom(seed);
  const size = sizeOf(layerAt(network, network.input).outputShape);
  return {
    x: Float32Array.from({ length: randomInputs * size }, () => random.normal()),
    count: randomInputs,
    scale: 1,
  };
}

/** One output over random inputs and over the data: what rounding does to either is allowed for both. */
function together(random: Agreement, data: Agreement | null) {
  return {
    random: random.difference,
    data: data === null ? null : data.difference,
    difference: Math.max(random.difference, data?.difference ?? 0),
    tolerance: Math.max(random.tolerance, data?.tolerance ?? 0),
  };
}

/** By output. The three networks are the masked one, the shrunk one, and the masked one moved by roundings. */
async function compare(
  [masked, shrunk, moved]: readonly [CompiledNetwork, CompiledNetwork, CompiledNetwork],
  samples: Parameters<CompiledNetwork['forward']>[0],
  { signal }: CertifyOptions,
): Promise<Agreement[]> {
  const of = (network: CompiledNetwork): Promise<Float32Array[]> =>
    forwardAll(network, samples, signal ? { signal } : {});
  return agreements(await of(masked), await of(shrunk), await of(moved));
}

async function measurement(
  compiled: CompiledNetwork,
  labelled: Labelled | undefined,
  { signal }: CertifyOptions,
): Promise<Measurement> {
  const { parameters, macs } = summarize(compiled.network);
  const size = { parameters, zeros: zerosOf(compiled.network), macs };
  if (labelled === undefined) return { ...size, loss: null, accuracy: null, perClass: null };
  const { samples } = labelled;
  const head = headOf(compiled.network, labelled);
  const found = await compiled.evaluate(samples, head, signal ? { signal } : {});
  return {
    ...size,
    loss: found.lossSum / samples.count,
    accuracy: accuracyOf(found, samples.count, head),
    perClass:
      found.perClass.length === 0
        ? null
        : found.perClass.map(({ samples: count, correct, lossSum }) => {
            return { samples: count, correct, loss: count === 0 ? null : lossSum / count };
          }),
  };
}

function zerosOf(network: Network): number {
  let zeros = 0;
  for (const { weight } of ownWeights(network)) {
    const { data } = weight;
    for (let i = 0; i < data.length; i++) if (data[i] === 0) zeros += 1;
  }
  return zeros;
}

/** Layers keep their names when a network shrinks, not their ids. */
const headOf = (network: Network, { samples, head }: Labelled): LossHead =>
  lossHead(network, samples.targets, head.loss);

/** Samples whose prediction differs, in all and by class. */
async function flipsOf(
  before: CompiledNetwork,
  after: CompiledNetwork,
  labelled: Labelled,
  { signal }: CertifyOptions,
): Promise<Pick<Comparison, 'flips' | 'flipsPerClass'>> {
  const { samples, head } = labelled;
  const { width } = head;
  const { byClass, flips: differing } = losses[head.loss];
  if (head.loss === 'mse') return { flips: null, flipsPerClass: null };
  const scores = (compiled: CompiledNetwork): Promise<Float32Array> =>
    compiled.forward(samples, { layer: headOf(compiled.network, labelled).scores, ...(signal ? { signal } : {}) });
  const [old, now] = [await scores(before), await scores(after)];
  const row = (of: Float32Array, i: number): Float32Array => of.subarray(i * width, (i + 1) * width);
  const flipsPerClass = new Array<number>(byClass ? width : 1).fill(0);
  for (let i = 0; i < samples.count; i++) {
    if (differing(row(old, i), row(now, i)) > 0) flipsPerClass[byClass ? samples.targets[i]! : 0]! += 1;
  }
  const flips = flipsPerClass.reduce((sum, count) => sum + count, 0);
  return { flips, flipsPerClass: byClass ? flipsPerClass : null };
}
