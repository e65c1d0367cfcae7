import { basename, dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { formats } from '../../index.js';

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
