import { type Colours, createColours, wantsColour } from './colour.js';
import type { Host } from './host.js';
import type { OutputFlags } from './options/output.js';
import { createProgress, noProgress, type Progress } from './progress.js';
import { visible } from './visible.js';

/** What a command works with besides its flags. Data go through an `Output`; the rest is said on stderr. */
export interface Context extends Disposable {
  readonly host: Host;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** For stderr. */
  readonly colours: Colours;
  /** Says something on stderr, unless `--quiet`. */
  note(line: string): void;
  /** Says what is taken back if the command fails. */
  onFailure(undo: () => Promise<void>): void;
  /** The command has failed. */
  takeBack(): Promise<void>;
}

export function openContext(flags: OutputFlags, host: Host, signal: AbortSignal): Context {
  const { stderr, env } = host;
  const live = stderr.isTTY && !env.CI && flags.progress && !flags.quiet;
  const progress = live ? createProgress(stderr) : noProgress;
  const undo: (() => Promise<void>)[] = [];
  return {
    host,
    signal,
    progress,
    colours: createColours(wantsColour(stderr, env, flags.color)),
    note: (line) => {
      progress.hide();
      if (!flags.quiet) stderr.write(visible(`${line}\n`));
    },
    onFailure: (step) => void undo.push(step),
    takeBack: async () => {
      for (const step of undo.toReversed()) await step();
    },
    [Symbol.dispose]: () => progress.hide(),
  };
}
