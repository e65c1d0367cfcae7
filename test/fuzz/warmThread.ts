import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';

type Threads = typeof import('node:worker_threads');
interface Task {
  readonly workerData: unknown;
}

/** Milliseconds that no small file takes to be read: those that never end would cost seconds each. */
const patience = 300;

/**
 * Stands in for `Worker` where HDF5 files are read: all of them share one real thread, because a thread takes a hundred times
 * as long to start as a file to be read. It is ended, as any other, when a file keeps it busy, and when a file has left the
 * library unable to read a good one.
 */
export function warmThreads({ Worker: Thread }: Threads): new (entry: URL, options: Task) => EventEmitter {
  let shared: Worker | undefined;
  const open = (): Worker => {
    const thread = new Thread(new URL('./warmThread.mjs', import.meta.url), { stderr: true, stdout: true });
    thread.unref();
    return thread;
  };
  return class extends EventEmitter {
    readonly #thread: Worker;
    #answered = false;
    constructor(_entry: URL, { workerData }: Task) {
      super();
      shared ??= open();
      this.#thread = shared;
      this.#thread.removeAllListeners();
      const late = setTimeout(() => this.emit('exit'), patience);
      this.#thread.on('message', ({ answer, whole }) => {
        clearTimeout(late);
        this.#answered = whole;
        this.emit('message', answer);
      });
      this.#thread.on('error', (error) => this.emit('error', error));
      this.#thread.on('exit', () => this.emit('exit'));
      this.#thread.postMessage(workerData);
    }
    async terminate() {
      if (this.#answered) return;
      shared = undefined;
      await this.#thread.terminate();
    }
  };
}
