import { abortedError, type ErrorCode, errorCodes, SecateurError } from '../../util/errors.js';
import type { Addon, TaskHandle } from './addon.js';

const hints: { readonly [C in ErrorCode]?: string } = {
  ERR_LIMIT: 'allow the run more memory or fewer threads, or give it fewer samples at a time',
};

/** An error of the addon as one of the library; what `signal` ended is told as such. */
export function translate(error: unknown, signal?: AbortSignal): unknown {
  const code = (error as { code?: unknown } | null)?.code as ErrorCode;
  if (code === 'ERR_ABORTED' && signal?.aborted) return abortedError(signal);
  if (!errorCodes.includes(code) || error instanceof SecateurError) return error;
  const hint = hints[code];
  return new SecateurError(code, (error as Error).message, { cause: error, ...(hint ? { hint } : {}) });
}

/** Calls the addon and translates what it throws. */
export function callAddon<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw translate(error);
  }
}

/** What the task found, once its thread is gone and its arrays are let go. */
export function whenEnded<T>(addon: Addon, task: TaskHandle): Promise<T> {
  return new Promise((resolve, reject) => {
    addon.whenEnded(task, (error, result) => (error ? reject(error) : resolve(result as T)));
  });
}

/**
 * Starts a task and waits for what it finds; `signal` cancels it.
 *
 * @throws SecateurError ERR_ABORTED, or what the addon complains about.
 */
export async function runTask<T>(addon: Addon, start: () => TaskHandle, signal?: AbortSignal): Promise<T> {
  if (signal?.aborted) throw abortedError(signal);
  const task = callAddon(start);
  const cancel = (): void => addon.cancel(task);
  signal?.addEventListener('abort', cancel);
  try {
    return await whenEnded<T>(addon, task);
  } catch (error) {
    throw translate(error, signal);
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}
