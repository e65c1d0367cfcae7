import type { Command } from 'commander';
import { parseCount, parseNames, parseShares } from '../parse.js';
import { journalOption } from './journal.js';
import { addPlotOption } from './plot.js';

/** What all commands have that take more and more of a model's layers. */
export function addPointOptions(command: Command): Command {
  command
    .option('--amounts <a,b>', 'shares that go, such as 0,.25,.5 (default: 0 to 0.9 in steps of 0.1)', parseShares)
    .option('--layers <a,b>', 'names of the layers that may lose nodes (default: all hidden ones)', parseNames)
    .option('--minimum <N>', 'nodes that are left of each layer at least (default: 1)', parseCount)
    .addOption(journalOption());
  return addPlotOption(command, 'draw the curves');
}
