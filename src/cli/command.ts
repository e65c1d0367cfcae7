import type { Command as Commander } from 'commander';
import type { Context } from './context.js';

/** One command of the program: a file in `commands/` and a line in the table beside it. */
export interface CliCommand<Flags, Args extends readonly string[] = []> {
  /** One line for the list of commands. */
  readonly summary: string;
  /** Adds arguments, options and examples. */
  configure(command: Commander): void;
  /** Does the work; what it throws decides the exit code. */
  run(context: Context, flags: Flags, ...args: Args): Promise<void>;
}
