import { cpus } from 'node:os';
import type { EngineName } from './engine.js';
import { addonStamp, defaultThreads, nativeAddon, nativeProblem } from './native/index.js';

/** What computes here. */
export interface EngineInfo {
  readonly addon:
    | {
        readonly found: true;
        /** The instruction set that the kernels use, and those that this processor has. */
        readonly instructionSet: string;
        readonly supported: readonly string[];
      }
    | { readonly found: false; readonly reason: string; readonly hint: string | undefined };
  /** Threads that a run takes unless it is told otherwise. */
  readonly threads: number;
}

/** Whether the addon is there, what it uses, or why it is not. Never throws for a missing addon. */
export function engineInfo(): EngineInfo {
  const threads = defaultThreads();
  const problem = nativeProblem();
  if (problem) return { addon: { found: false, reason: problem.message, hint: problem.hint }, threads };
  const { isa, isas } = nativeAddon().info();
  return { addon: { found: true, instructionSet: isa, supported: isas }, threads };
}

/** Tells apart engines and instruction sets, whose results may differ in their last bits. */
export function engineKey(engine: EngineName): string {
  const build: { readonly [E in EngineName]: () => readonly unknown[] } = {
    reference: () => [],
    native: () => [nativeAddon().info().isa, nativeAddon().info().contract],
  };
  return [engine, ...build[engine]()].join(' ');
}

/** Tells apart machines and builds on which an engine may be faster or slower. */
export function speedKey(engine: EngineName): string {
  const machine = [engine, process.version, cpus()[0]?.model ?? process.arch, defaultThreads()];
  const build: { readonly [E in EngineName]: () => readonly string[] } = {
    reference: () => [],
    native: () => [nativeAddon().info().isa, addonStamp()],
  };
  return JSON.stringify([...machine, ...build[engine]()]);
}
