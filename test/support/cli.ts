import { execFileSync, spawn } from 'node:child_process';
import type { EventEmitter } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { runCli } from '../../src/cli/program.js';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A stream that keeps what it gets; with `isTTY` it passes for a terminal. */
export class Recorder extends Writable {
  text = '';
  readonly columns = 100;
  readonly isTTY: boolean;
  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** A pipe whose reader has gone away. */
class BrokenPipe extends Recorder {
  override _write(chunk: Buffer, _encoding: string, done: (error: Error) => void): void {
    this.text += chunk.toString();
    done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  }
}

interface HostOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Whether stdout and stderr are terminals. */
  readonly terminal?: boolean;
  /** Where signals come from, if not from the system. */
  readonly signals?: EventEmitter;
  /** Nobody reads stdout any more; what is told of it is what was tried to be said. */
  readonly unread?: boolean;
}

/** Runs a command line within this process. */
export async function cli(
  args: readonly string[],
  { env = {}, terminal = false, signals = process, unread = false }: HostOptions = {},
): Promise<CliResult> {
  const [stdout, stderr] = [new (unread ? BrokenPipe : Recorder)(terminal), new Recorder(terminal)];
  const host = { stdout, stderr, env, once: signals.once.bind(signals), off: signals.off.bind(signals) };
  const code = await runCli(args, host as unknown as NodeJS.Process);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** The program as it is installed; compiled first if the sources are newer. */
export function builtCli(): string {
  const main = join(root, 'dist/cli/main.js');
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true });
  const newest = Math.max(...sources.map((file) => statSync(join(file.parentPath, file.name)).mtimeMs));
  const built = statSync(main, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built < newest) {
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    execFileSync(process.execPath, [tsc, '-p', 'tsconfig.json'], { cwd: root, stdio: 'inherit' });
  }
  return main;
}

/** The environment of this process without what would change what is printed. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const { CI, NO_COLOR, FORCE_COLOR, SECATEUR_DATA, ...rest } = process.env;
  return rest;
}

/** Starts a program of Node.js; `done` tells how it ended. */
export function start(
  file: string,
  args: readonly string[],
  { env, ...options }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
) {
  const child = spawn(process.execPath, [file, ...args], { env: { ...plainEnvironment(), ...env }, ...options });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const done = new Promise<CliResult & { signal: NodeJS.Signals | null }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, done };
}

/** A folder for the files of one test file, gone when its tests are over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'secateur-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
