import type { Command } from 'commander';
import { formats } from '../../index.js';

/** What a MODEL may be, from the table of formats. */
export const modelDescription = Object.values(formats)
  .map(({ describe }) => describe)
  .join('; ');

export const addModelArgument = (command: Command): Command =>
  command.argument('<MODEL>', `a trained model: ${modelDescription}`);
