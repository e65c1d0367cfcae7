import { EventEmitter, once } from 'node:events';
import type { Worker } from 'node:worker_threads';

type Threads = typeof import('node:worker_threads');
interface Task {
  readonly workerData: unknown;
}

/** A thread that has read a good file, and the milliseconds after which a damaged one counts as one that never ends. */
interface Warm {
  readonly thread: Worker;
  readonly patience: number;
}

/** Of what a good file takes, and at least: a busy machine may keep a thread waiting. */
const [timesOfGood, leastPatience] = [20, 200];

/** What the thread says next, or undefined if it says nothing in time. */
async function heard<T>({ thread, patience }: Warm): Promise<T | undefined> {
  try {
    return (await once(thread, 'message', { signal: AbortSignal.timeout(patience) }))[0];
  } catch {
    return undefined;
  }
}

/**
 * Stands in for `Worker` where HDF5 files are read: they share one real thread, because a thread takes a hundred times as
 * long to start as a file to be read. It is ended, as any other, when a file keeps it busy, and when a file has left the
 * library unable to read a good one; another one has been warming up meanwhile.
 */
export function warmThreads({ Worker: Thread }: Threads): new (entry: URL, options: Task) => EventEmitter {
  let [current, spare]: (Promise<Warm> | undefined)[] = [];

  async function start(): Promise<Warm> {
    const thread = new Thread(new URL('./warmThread.mjs', import.meta.url), { stderr: true, stdout: true });
    thread.unref();
    const [{ milliseconds }] = await once(thread, 'message');
    return { thread, patience: Math.max(leastPatience, timesOfGood * milliseconds) };
  }
  function take(): Promise<Warm> {
    if (current === undefined) {
      current = spare ?? start();
      spare = start();
    }
    return current;
  }
  async function end({ thread }: Warm): Promise<void> {
    current = undefined;
    await thread.terminate();
  }

  return class extends EventEmitter {
    readonly #done: Promise<void>;
    constructor(_entry: URL, { workerData }: Task) {
      super();
      this.#done = this.#read(workerData);
    }
    async #read(request: unknown): Promise<void> {
      const warm = await take();
      warm.thread.postMessage(request);
      const said = await heard<{ readonly answer: unknown }>(warm);
      if (said === undefined) {
        this.emit('exit');
        return end(warm);
      }
      const whole = heard<boolean>(warm);
      this.emit('message', said.answer);
      if ((await whole) !== true) await end(warm);
    }
    terminate(): Promise<void> {
      return this.#done;
    }
  };
}
