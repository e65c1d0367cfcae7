import { Command as Commander } from 'commander';
import type { CliCommand } from './command.js';
import { commands } from './commands/index.js';
import { openContext } from './context.js';
import { concludeFailure } from './failure.js';
import type { Host } from './host.js';
import type { OutputFlags } from './options/output.js';
import { listenForSignals, type Signals } from './signals.js';
import { version } from './version.js';

/**
 * Runs one command line.
 *
 * @param args what follows the program's name.
 * @returns the exit code.
 */
export async function runCli(args: readonly string[], host: Host): Promise<number> {
  const signals = listenForSignals(host);
  // A reader that goes away is told to whoever writes next; without listeners it would end the process.
  for (const stream of [host.stdout, host.stderr]) stream.on('error', () => {});
  try {
    await createProgram(host, signals).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    return concludeFailure(error, args, host, signals);
  } finally {
    signals.stopListening();
  }
}

function createProgram(host: Host, signals: Signals): Commander {
  const program = new Commander('secateur')
    .description('Tells what every node of a trained neural network is worth, exactly and fast.')
    .version(version)
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.stdout.write(text),
      writeErr: (text) => host.stderr.write(text),
      // Errors are told once, by concludeFailure.
      outputError: () => {},
    });
  for (const [name, command] of Object.entries(commands)) {
    addCommand(program, name, command, host, signals);
  }
  return program;
}

function addCommand(
  program: Commander,
  name: string,
  command: CliCommand<never, never>,
  host: Host,
  { signal }: Signals,
): void {
  const added = program.command(name).summary(command.summary).description(`${command.summary}.`);
  command.configure(added);
  added.action(async () => {
    const flags = added.opts<OutputFlags>();
    using context = openContext(flags, host, signal);
    try {
      await command.run(context, flags as never, ...(added.args as never));
    } catch (error) {
      await context.takeBack();
      throw error;
    }
  });
}
