import { readFile, rm } from 'node:fs/promises';
import { type PrunedModel, type PruningPlan, type SavedCertificate, savePruned, writeFileAtomic } from '../index.js';
import type { Context } from './context.js';
import { type EngineFlags, runOptions } from './options/engine.js';

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
  return saved;
}

/** Writes a plan to where `--plan` says, then does the work; if that fails, there is what was there before. */
export async function withPlan<T>(path: string | undefined, plan: PruningPlan, work: () => Promise<T>): Promise<T> {
  if (path === undefined) return await work();
  const before = await readFile(path).catch(() => null);
  await writeFileAtomic(path, `${JSON.stringify(plan, null, 2)}\n`);
  try {
    return await work();
  } catch (error) {
    await (before === null ? rm(path, { force: true }) : writeFileAtomic(path, before)).catch(() => {});
    throw error;
  }
}
