import type { RenamedLayers } from '../formats/index.js';
import type { Network } from '../network/index.js';
import type { Certificate, PruningPlan } from '../pruning/index.js';
import {
  type CheckOptions,
  type FileCheck,
  type Latency,
  measureLatency,
  modelBytes,
  placeModel,
} from '../runtimes/index.js';
import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';

/** What came of a pruned model as a file. */
export interface FileReport {
  readonly format: string;
  /** Of all files of the model; `before` is null for a network that came from no file. */
  readonly bytes: { readonly before: number | null; readonly after: number };
  /** Digest of the network that the file is read back as. */
  readonly digest: string;
  /** The file in its format's own runtime. */
  readonly check: FileCheck;
  /** Layers that have other names in the file, because the format does not take those of the plan. */
  readonly renamed: RenamedLayers;
  /** The original and the pruned network in onnxruntime; null if it cannot run them here. */
  readonly latency: Latency | null;
  /** What could not be done, and why. */
  readonly notices: readonly string[];
}

/** A certificate with what came of the file. */
export type SavedCertificate = Certificate & { readonly file: FileReport };

/** What is saved together. */
export interface PrunedModel {
  readonly original: Network;
  readonly network: Network;
  readonly certificate: Certificate;
  /** Written beside the model; absent where it lies elsewhere already. */
  readonly plan?: PruningPlan;
}

/** How the saved file is checked, and what is noted in the certificate. */
export interface SavePrunedOptions extends CheckOptions {
  /** Where the original came from. */
  readonly from?: string;
}

/**
 * Writes a pruned model to `path`, with `path.certificate.json` (and `path.plan.json`) beside it: all of it or nothing, and
 * only after the format's own runtime has computed what the network computes.
 *
 * @throws SecateurError ERR_GATE if it does not; ERR_IO, ERR_MODEL_UNSUPPORTED; ERR_ABORTED.
 */
export async function savePruned(
  path: string,
  model: PrunedModel,
  options: SavePrunedOptions = {},
): Promise<SavedCertificate> {
  expectArguments({ path, model, options });
  const { original, network, certificate, plan } = model;
  expectArguments({ original, network, certificate });
  const { from, ...checking } = options;
  const before = from === undefined ? null : await modelBytes(from);
  const { latency, notice } = await latencies([original, network], options);
  let saved: SavedCertificate | undefined;
  await placeModel(network, path, {
    ...checking,
    beside: ({ format, bytes, digest, check, renamed }) => {
      const unchecked = check.reason === null ? [] : [`the file was not run by its format's runtime: ${check.reason}`];
      const notices = [...unchecked, ...notice];
      saved = {
        ...certificate,
        file: { format, bytes: { before, after: bytes }, digest, check, renamed, latency, notices },
      };
      return {
        ...(plan ? { '.plan.json': documentOf(plan) } : {}),
        '.certificate.json': documentOf(saved),
      };
    },
  });
  return saved!;
}

const documentOf = (document: object): string => `${JSON.stringify(document, null, 2)}\n`;

async function latencies(networks: readonly Network[], { signal }: CheckOptions) {
  try {
    return { latency: await measureLatency(networks, signal ? { signal } : {}), notice: [] };
  } catch (error) {
    if (error instanceof SecateurError && error.code !== 'ERR_BACKEND') throw error;
    return { latency: null, notice: [`no times were measured: ${(error as Error).message}`] };
  }
}
