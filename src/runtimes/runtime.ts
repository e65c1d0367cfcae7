import type { Network } from '../network/index.js';

/** A model file in the hands of a program that is not ours. */
export interface RunningModel extends AsyncDisposable {
  /** All outputs for `count` samples, each `[count, ...shape]`; all as the network has them, images channels last. */
  run(x: Float32Array, count: number): Promise<readonly Float32Array[]>;
}

/** A program that runs model files: to hold against, never to compute results with. */
export interface Runtime {
  /** Its name and version. */
  readonly name: string;
  /**
   * Opens a file.
   *
   * @param network what the file was read as: says how its images lie.
   * @throws what the runtime throws if it does not take the file.
   */
  open(path: string, network: Network): Promise<RunningModel>;
}

/** A runtime, or why there is none here. */
export type Found = { readonly runtime: Runtime } | { readonly reason: string };

/** Why a package cannot be used, in one line. */
export function reasonOf(name: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const missing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  return `${name}: ${missing ? 'not installed' : message.trim().split('\n')[0]}`;
}
