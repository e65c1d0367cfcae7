import { type PrunedModel, type PruningPlan, type SavedCertificate, savePruned, writeFileAtomic } from '../index.js';
import type { Context } from './context.js';
import { type EngineFlags, runOptions } from './options/engine.js';
import { withFile } from './output.js';
import { noteRenamed } from './renamedText.js';

/** Saves what a command has pruned from the model at `model`, and says what could not be checked or measured. */
export async function keepPruned(
  context: Context,
  flags: EngineFlags,
  out: string,
  { model, ...pruned }: PrunedModel & { readonly model: string },
): Promise<SavedCertificate> {
  const { memory: _memory, ...checking } = runOptions(flags, context);
  const saved = await savePruned(out, pruned, { ...checking, from: model });
  for (const notice of saved.file.notices) context.note(`notice: ${notice}`);
  noteRenamed(context, out, saved.file.renamed);
  return saved;
}

/** Writes a plan to where `--plan` says, then does the work; if that fails, there is what was there before. */
export const withPlan = <T>(path: string | undefined, plan: PruningPlan, work: () => Promise<T>): Promise<T> =>
  withFile(path, (file) => writeFileAtomic(file, `${JSON.stringify(plan, null, 2)}\n`), work);
