import type { Command } from 'commander';
import { parseNotNegative, parsePositive } from '../parse.js';

export interface BudgetFlags {
  readonly budgetParameters?: number;
  readonly budgetMacs?: number;
  readonly budgetMs?: number;
}

/** What is left at most. */
export const addBudgetOptions = (command: Command): Command =>
  command
    .option(
      '--budget-parameters <N>',
      'as few go as bring the model to so many parameters, or a share',
      parseNotNegative,
    )
    .option('--budget-macs <N>', 'the same for multiply-accumulates', parseNotNegative)
    .option('--budget-ms <MS>', 'the same for milliseconds of a pass in onnxruntime, on this machine', parsePositive);
