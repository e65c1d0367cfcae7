import { readFile, rm } from 'node:fs/promises';
import { type Certificate, type Network, type PruningPlan, saveModel, writeFileAtomic } from '../index.js';

interface PrunedFiles {
  readonly network: Network;
  readonly certificate: Certificate;
  /** Absent where the plan lies elsewhere already. */
  readonly plan?: PruningPlan;
}

/**
 * Writes `OUT.plan.json` and `OUT.certificate.json`, then the model at OUT. If any of them cannot be written, all are as
 * they were before.
 */
export async function writePruned(out: string, { network, certificate, plan }: PrunedFiles): Promise<void> {
  const texts = new Map<string, object>([
    ...(plan ? [[`${out}.plan.json`, plan] as const] : []),
    [`${out}.certificate.json`, certificate],
  ]);
  const before = new Map<string, Buffer | null>();
  try {
    for (const [path, document] of texts) {
      before.set(path, await readFile(path).catch(() => null));
      await writeFileAtomic(path, `${JSON.stringify(document, null, 2)}\n`);
    }
    await saveModel(network, out);
  } catch (error) {
    for (const [path, bytes] of before) {
      await (bytes === null ? rm(path, { force: true }) : writeFileAtomic(path, bytes)).catch(() => {});
    }
    throw error;
  }
}
