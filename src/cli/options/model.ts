import { basename, dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { expectRoomFor, formats, makeFolder, removeEmptyFolders, SecateurError } from '../../index.js';
import type { Context } from '../context.js';

/** What a MODEL may be, from the table of formats. */
export const modelDescription = Object.values(formats)
  .map(({ describe }) => describe)
  .join('; ');

export const addModelArgument = (command: Command): Command =>
  command.argument('<MODEL>', `a trained model: ${modelDescription}`);

/** What to call a model in a title: its file's name, or its folder's if the file is a model.json. */
export function modelName(path: string): string {
  const full = resolve(path);
  return basename(full) === 'model.json' ? basename(dirname(full)) : basename(full);
}

/**
 * Makes sure that the model can be saved, before the work and not after it: a known format and a folder to write to, which
 * goes again if the command fails.
 *
 * @throws SecateurError ERR_MODEL_UNSUPPORTED, ERR_IO.
 */
export async function prepareModelPath(path: string, context: Context): Promise<void> {
  const known = await Promise.all(Object.values(formats).map((format) => format.recognizes(path)));
  if (!known.includes(true)) {
    throw new SecateurError('ERR_MODEL_UNSUPPORTED', `${path}: no model format that Secateur can write`, {
      hint: modelDescription,
    });
  }
  const made = await makeFolder(dirname(path));
  context.onFailure(() => removeEmptyFolders(made));
  await expectRoomFor(path);
}
