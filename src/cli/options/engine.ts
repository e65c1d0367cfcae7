import { type Command, Option } from 'commander';
import type { EngineName, RunOptions } from '../../index.js';
import type { Context } from '../context.js';
import { parseBytes, parseCount } from '../parse.js';

const engines: Readonly<Record<EngineName, string>> = {
  native: 'the C++ addon',
  reference: 'plain TypeScript, slow',
};

const explained = Object.entries(engines)
  .map(([name, says]) => `${name}: ${says}`)
  .join(', ');

export interface EngineFlags {
  readonly engine?: EngineName;
  readonly threads?: number;
  readonly memory?: number;
}

/** What computes, and how much of the machine it may take. */
export function addEngineOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--engine <NAME>', `${explained}; default: the first that works`).choices(Object.keys(engines)),
    )
    .option('--threads <N>', 'threads that compute (default: the cores of the machine)', parseCount)
    .option('--memory <BYTES>', 'memory for the work, e.g. 512MiB (default: 384MiB)', parseBytes);
}

/** The flags as the library takes them. */
export function runOptions({ engine, threads, memory }: EngineFlags, { signal }: Context): RunOptions {
  return {
    signal,
    ...(engine === undefined ? {} : { engine }),
    ...(threads === undefined ? {} : { threads }),
    ...(memory === undefined ? {} : { memory }),
  };
}
