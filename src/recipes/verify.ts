import type { LabelledData } from '../data/index.js';
import { movedNetwork, prepareLabelled, type RunOptions, roundingBound, selectEngine } from '../engine/index.js';
import { type LossName, lossHead, measuredLike, type Network, networkDigest, nodeCount } from '../network/index.js';
import {
  type Certificate,
  type Comparison,
  certify,
  checkPlan,
  compareNetworks,
  maskNetwork,
  type PruningPlan,
  rebasePlan,
} from '../pruning/index.js';
import { checkFile, type FileCheck } from '../runtimes/index.js';
import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import { expectHolds } from './carryOut.js';
import { pick } from './choice.js';
import type { SavedCertificate } from './savePruned.js';

/** What is known of a pruned model besides itself. */
export interface VerifyOptions extends RunOptions {
  readonly data?: LabelledData;
  readonly loss?: LossName;
  /** The certificate that was written beside it: needed for a network that was trained under its plan. */
  readonly certificate?: Certificate | SavedCertificate | null;
  /** Where the pruned model lies: its format's own runtime runs it. */
  readonly file?: string;
}

/** A pruned model, proven again. */
export interface Verification extends Comparison {
  readonly type: 'secateur-verification';
  readonly version: 1;
  /**
   * `outputs`: it computes what the original computes under the plan. `identity`, where a training has moved the weights:
   * it is to the last bit the network that was certified then, and of the plan's structure.
   */
  readonly proof: 'outputs' | 'identity';
  readonly plan: PruningPlan;
  /** As in the certificate; null where outputs are not compared. */
  readonly maxAbsDifference: Certificate['maxAbsDifference'] | null;
  readonly tolerance: number | null;
  /** Whether its loss is the certified one, but for rounding; null without a certificate for the same samples. */
  readonly lossAgrees: true | null;
  /** Null if no file was named. */
  readonly file: FileCheck | null;
}

/**
 * Proves again that a pruned model is what its plan says; see {@link Verification} for what that is.
 *
 * @throws SecateurError ERR_GATE if it does not hold, or if the certificate is another model's; ERR_DATA, ERR_ARGUMENT or
 * ERR_SHAPE for a plan, data or networks that do not belong together; ERR_ABORTED.
 */
export async function verify(
  original: Network,
  given: Network,
  plan: PruningPlan,
  options: VerifyOptions = {},
): Promise<Verification> {
  const asked = options?.certificate === null ? { ...options, certificate: undefined } : options;
  expectArguments({ original, shrunk: given, options: asked });
  const { certificate = null, file } = options;
  const checked = checkPlan(original, plan);
  const pruned = measuredLike(given, original);
  if (certificate !== null) expectOwn(certificate, original, checked);
  const measuring = pick(options, ['engine', 'threads', 'signal', 'loss', 'data']);
  const tuned = certificate !== null && certificate.tuned !== null;
  const found = tuned
    ? await provenByIdentity(original, pruned, certificate, measuring)
    : await provenByOutputs(original, pruned, checked, measuring);
  return {
    type: 'secateur-verification',
    version: 1,
    plan: checked,
    ...found,
    lossAgrees: certificate && (await lossAgrees([original, pruned], certificate, found, measuring)),
    file: file === undefined ? null : await checkFile(file, pruned, pick(options, ['engine', 'threads', 'signal'])),
  };
}

const refuted = (message: string, hint: string): SecateurError => new SecateurError('ERR_GATE', message, { hint });

/** @throws SecateurError ERR_GATE for a certificate of another original or plan. */
function expectOwn({ type, original, plan }: Certificate, network: Network, given: PruningPlan): void {
  const parts = ({ cut, nodes, weights = [] }: PruningPlan): string => JSON.stringify([cut, nodes, weights]);
  const own = type === 'secateur-certificate' && original === networkDigest(network) && parts(plan) === parts(given);
  if (own) return;
  throw refuted(
    'the certificate was written for another original or plan',
    'name the certificate that lies beside the model',
  );
}

type Found = Omit<Verification, 'type' | 'version' | 'plan' | 'lossAgrees' | 'file'>;
type Measuring = Pick<VerifyOptions, 'engine' | 'threads' | 'signal' | 'loss' | 'data'>;

async function provenByOutputs(
  original: Network,
  network: Network,
  plan: PruningPlan,
  measuring: Measuring,
): Promise<Found> {
  const certificate = await certify(original, plan, { network, removed: [], kept: [] }, measuring);
  expectHolds(certificate);
  const { maxAbsDifference, tolerance, engine, before, after, flips, flipsPerClass, data } = certificate;
  return { proof: 'outputs', maxAbsDifference, tolerance, engine, before, after, flips, flipsPerClass, data };
}

async function provenByIdentity(
  original: Network,
  pruned: Network,
  certificate: Certificate | SavedCertificate,
  measuring: Measuring,
): Promise<Found> {
  const known = [certificate.shrunk, 'file' in certificate ? certificate.file.digest : null];
  if (!known.includes(networkDigest(pruned))) {
    throw refuted(
      'the model is not the one that was certified: its layers or weights have changed since',
      'a model trained under its plan is known by its certificate alone; prune again',
    );
  }
  expectStructure(original, pruned, certificate);
  const compared = await compareNetworks(original, pruned, measuring);
  return { proof: 'identity', maxAbsDifference: null, tolerance: null, ...compared };
}

/** @throws SecateurError ERR_GATE unless nodes and weights are gone as the plan says. */
function expectStructure(original: Network, pruned: Network, certificate: Certificate | SavedCertificate): void {
  const { plan, removed, kept } = certificate;
  const gone = new Map(removed.map(({ layer, nodes }) => [layer, nodes.length]));
  const called = calledBy(certificate);
  const counts = new Map(pruned.layers.map((layer) => [layer.name, nodeCount(layer)]));
  for (const layer of original.layers.filter((one) => nodeCount(one) > 0)) {
    const expected = nodeCount(layer) - (gone.get(layer.name) ?? 0);
    if (counts.get(called(layer.name)) === expected) continue;
    throw refuted(
      `layer "${layer.name}" has not ${expected} nodes, as the plan leaves it`,
      'one of the files was changed',
    );
  }
  if (removed.length > 0 || kept.length > 0) return;
  // What was masked only has the numbering of the plan, and is what its mask makes of it.
  const own = rebasePlan(planCalled(plan, called), pruned);
  if (networkDigest(maskNetwork(pruned, own)) === networkDigest(pruned)) return;
  throw refuted('something that the plan cuts is not cut in the model', 'one of the files was changed');
}

/** What a layer of the original is called in the file. */
function calledBy(certificate: Certificate | SavedCertificate): (name: string) => string {
  const renamed = 'file' in certificate ? certificate.file.renamed : {};
  return (name) => renamed[name] ?? name;
}

function planCalled(plan: PruningPlan, called: (name: string) => string): PruningPlan {
  const { nodes, weights } = plan;
  const rename = <T extends { readonly layer: string }>(entry: T): T => ({ ...entry, layer: called(entry.layer) });
  return { ...plan, nodes: nodes.map(rename), ...(weights ? { weights: weights.map(rename) } : {}) };
}

/** By loss, how far it can lie off if no score is off by more than `by`: slopes of each loss in its scores. */
const moved: { readonly [L in LossName]: (by: number, loss: number) => number } = {
  crossentropy: (by) => 2 * by,
  'binary-crossentropy': (by) => by,
  mse: (by, loss) => 2 * by * Math.sqrt(loss) + by ** 2,
};

/** @throws SecateurError ERR_GATE if the loss on the certified samples is another than what was certified. */
async function lossAgrees(
  [original, pruned]: readonly [Network, Network],
  certificate: Certificate,
  { after, data }: Found,
  { data: labelled, engine: name, loss, signal }: Measuring,
): Promise<true | null> {
  if (labelled === undefined || data?.digest !== certificate.data?.digest) return null;
  // The samples lie as the original takes them, whichever format the pruned model is in.
  const { samples, head: measured } = prepareLabelled(original, labelled, loss);
  const head = lossHead(pruned, samples.targets, measured.loss);
  const { engine } = selectEngine(name);
  using compiled = engine.compile(pruned, {});
  using other = engine.compile(movedNetwork(pruned), {});
  const taps = { layer: head.scores, ...(signal ? { signal } : {}) };
  const by = roundingBound(await compiled.forward(samples, taps), await other.forward(samples, taps));
  const [found, certified] = [after.loss!, certificate.after.loss!];
  if (Math.abs(found - certified) <= moved[head.loss](by, found)) return true;
  throw refuted(`the loss is ${found}, not ${certified} as certified`, 'the certificate or the model was changed');
}
