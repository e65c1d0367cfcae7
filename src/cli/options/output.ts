import { type Command, Option } from 'commander';

export interface OutputFlags {
  readonly json?: true;
  readonly ndjson?: true;
  readonly csv?: true;
  readonly quiet?: true;
  /** False with `--no-progress`. */
  readonly progress: boolean;
  /** Unset unless `--color` or `--no-color` is given. */
  readonly color?: boolean;
}

export type OutputFormat = 'text' | 'json' | 'ndjson' | 'csv';

export function outputFormat({ json, ndjson, csv }: OutputFlags): OutputFormat {
  if (json) return 'json';
  if (ndjson) return 'ndjson';
  return csv ? 'csv' : 'text';
}

/** In which form results are printed, and what else is said. */
export function addOutputOptions(command: Command): Command {
  return command
    .addOption(new Option('--json', 'print one JSON document').conflicts(['ndjson', 'csv']))
    .addOption(new Option('--ndjson', 'print one JSON event a line, as they come').conflicts(['json', 'csv']))
    .addOption(new Option('--csv', 'print comma-separated values').conflicts(['json', 'ndjson']))
    .option('--quiet', 'say nothing on stderr but errors')
    .option('--no-progress', 'no live progress (there is none without a terminal, and in CI)')
    .option('--color', 'colours, whatever the terminal and NO_COLOR say')
    .option('--no-color', 'no colours');
}

/** For commands whose data may go into a file. */
export const addOutOption = (command: Command): Command =>
  command.option('--out <PATH>', 'write the data there instead of to stdout; the file appears when it is complete');
