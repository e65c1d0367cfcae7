import { once } from 'node:events';
import { abortedError } from '../util/errors.js';

/** A task that is through, and its place among the tasks. */
export interface Finished<Result> {
  readonly index: number;
  readonly result: Result;
}

/**
 * Runs tasks, at most `jobs` at a time, started in their order, and gives their results in the order in which they end.
 * Leaving the loop starts no further task; those that run then end unheard.
 *
 * @throws what a task throws; SecateurError ERR_ABORTED at once when the signal is given.
 */
export async function* runTasks<Task, Result>(
  tasks: readonly Task[],
  work: (task: Task) => Promise<Result>,
  { jobs, signal }: { readonly jobs: number; readonly signal: AbortSignal },
): AsyncGenerator<Finished<Result>, void, undefined> {
  const running = new Map<number, Promise<Finished<Result>>>();
  const aborted = rejectOnAbort(signal);
  for (let next = 0; ; ) {
    for (; next < tasks.length && running.size < jobs; next++)
      running.set(next, start(next, tasks[next] as Task, work));
    if (running.size === 0) return;
    const finished = await Promise.race([aborted, ...running.values()]);
    running.delete(finished.index);
    yield finished;
  }
}

function start<Task, Result>(
  index: number,
  task: Task,
  work: (task: Task) => Promise<Result>,
): Promise<Finished<Result>> {
  return heardOf(work(task).then((result) => ({ index, result })));
}

/** The first failure is thrown; others that come after nobody waits must not end the process. */
function heardOf<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  const abort = async (): Promise<never> => {
    if (!signal.aborted) await once(signal, 'abort');
    throw abortedError(signal);
  };
  return heardOf(abort());
}
