import { setImmediate } from 'node:timers/promises';
import { abortedError } from '../../util/errors.js';

/** Longest time in milliseconds for which the event loop is kept waiting, but for the work on one layer. */
const stretch = 10;

export type Pace = () => Promise<void>;

/**
 * Lets the event loop have a turn now and then, so that signals, timers and streams of the program live on.
 *
 * @returns A function to be awaited between two layers. It throws ERR_ABORTED once the signal is aborted.
 */
export function createPace(signal: AbortSignal | undefined): Pace {
  let rested = performance.now();
  return async () => {
    if (performance.now() - rested > stretch) {
      await setImmediate();
      rested = performance.now();
    }
    if (signal?.aborted) throw abortedError(signal);
  };
}
