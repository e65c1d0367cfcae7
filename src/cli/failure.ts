import { CommanderError } from 'commander';
import { type ErrorCode, SecateurError } from '../index.js';
import { createColours, wantsColour } from './colour.js';
import { commands } from './commands/index.js';
import type { Host } from './host.js';
import type { Signals } from './signals.js';
import { visible } from './visible.js';

const failed = 1;
const usage = 2;
const exitCodes: Partial<Record<ErrorCode, number>> = { ERR_ARGUMENT: usage, ERR_GATE: 4 };

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** Tells what went wrong on stderr, one line and a hint, and gives the exit code. */
export function concludeFailure(error: unknown, args: readonly string[], host: Host, { exitCode }: Signals): number {
  if (isBrokenPipe(error) || (error instanceof CommanderError && error.exitCode === 0)) return 0;
  if (error instanceof CommanderError && error.code === 'commander.help') return usage;
  const failure = failureOf(error, args);
  host.stderr.write(visible(args.some(isMachineFlag) ? asJson(failure) : asText(failure, args, host)));
  return exitCode ?? exitCodes[failure.code as ErrorCode] ?? failed;
}

const isMachineFlag = (arg: string): boolean => arg === '--json' || arg === '--ndjson';
const isBrokenPipe = (error: unknown): boolean =>
  ['EPIPE', 'ERR_STREAM_DESTROYED'].includes((error as NodeJS.ErrnoException | null)?.code ?? '');

function failureOf(error: unknown, args: readonly string[]): Failure {
  if (error instanceof SecateurError) {
    const { code, message, hint } = error;
    return hint === undefined ? { code, message } : { code, message, hint };
  }
  if (error instanceof CommanderError) return usageFailure(error, args);
  // A fault of the program: the stack is what its authors need.
  return { code: 'ERR_INTERNAL', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

function usageFailure(error: CommanderError, [command = '']: readonly string[]): Failure {
  const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  const help = Object.hasOwn(commands, command) ? `${command} --help` : '--help';
  return { code: 'ERR_ARGUMENT', message, hint: `secateur ${help} says what is there` };
}

const asJson = (failure: Failure): string => `${JSON.stringify({ type: 'error', ...failure })}\n`;

function asText({ message, hint }: Failure, args: readonly string[], { stderr, env }: Host): string {
  // The flags may be what failed to be parsed, so that they are looked for by hand.
  const flag = args.includes('--no-color') ? false : args.includes('--color') || undefined;
  const colours = createColours(wantsColour(stderr, env, flag));
  const advice = hint === undefined ? '' : `${colours.cyan('hint:')} ${hint}\n`;
  return `${colours.red('error:')} ${message}\n${advice}`;
}
