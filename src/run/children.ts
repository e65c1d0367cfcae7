import { type ChildProcess, fork } from 'node:child_process';
import { type ErrorCode, errorCodes, SecateurError } from '../util/errors.js';

/** What a child process is sent: a task, which is plain data. */
export interface TaskMessage {
  readonly task: unknown;
}

/** What a child process answers: any number of notes, then the result or why there is none. */
export type AnswerMessage =
  | { readonly note: unknown }
  | { readonly result: unknown }
  | { readonly error: { readonly code: string; readonly message: string; readonly hint?: string } };

/** Child processes that work on tasks. */
export interface Children extends Disposable {
  /**
   * Gives a task to a child that is idle; there is one whenever fewer tasks run than there are children.
   *
   * @param heard is told the notes that the child sends before its result.
   * @throws SecateurError with the code of what failed in the child; ERR_BACKEND if the child went away.
   */
  work(task: unknown, heard: (note: unknown) => void): Promise<unknown>;
}

/**
 * Processes and not threads, because neither TensorFlow nor onnxruntime survives the end of a thread that uses it. A
 * child is started when it is first needed.
 *
 * @param entry the module that a child runs; it calls {@link serveTasks}.
 */
export function openChildren(entry: URL): Children {
  const idle: ChildProcess[] = [];
  const all = new Set<ChildProcess>();
  const open = (): ChildProcess => {
    const child = fork(entry, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    all.add(child);
    child.once('exit', () => all.delete(child));
    return child;
  };
  return {
    work: async (task, heard) => {
      const child = idle.pop() ?? open();
      const result = await ask(child, task, heard);
      idle.push(child);
      return result;
    },
    [Symbol.dispose]: () => {
      for (const child of all) child.kill();
    },
  };
}

function ask(child: ChildProcess, task: unknown, heard: (note: unknown) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      child.off('message', onMessage).off('exit', onExit).off('error', onError);
      finish();
    };
    const onMessage = (answer: AnswerMessage): void => {
      if ('note' in answer) heard(answer.note);
      else if ('result' in answer) settle(() => resolve(answer.result));
      else settle(() => reject(revive(answer.error)));
    };
    const onExit = (code: number | null, signal: string | null): void =>
      settle(() => reject(goneError(code === null ? `signal ${signal}` : `exit code ${code}`)));
    const onError = (error: Error): void => settle(() => reject(goneError(error.message)));
    child.on('message', onMessage).once('exit', onExit).once('error', onError);
    child.send({ task } satisfies TaskMessage);
  });
}

const goneError = (how: string): SecateurError =>
  new SecateurError('ERR_BACKEND', `a child process ended before its task did: ${how}`, {
    hint: 'was it killed for want of memory? Fewer --jobs need less',
  });

const isErrorCode = (code: string): code is ErrorCode => (errorCodes as readonly string[]).includes(code);

const revive = ({ code, message, hint }: { code: string; message: string; hint?: string }): SecateurError =>
  new SecateurError(isErrorCode(code) ? code : 'ERR_BACKEND', message, hint === undefined ? {} : { hint });

/** The other side, in a child process: does one task after the other until the parent goes away. */
export function serveTasks(work: (task: unknown, note: (note: unknown) => void) => Promise<unknown>): void {
  const answer = (message: AnswerMessage): void => void process.send?.(message);
  process.on('message', ({ task }: TaskMessage) => {
    work(task, (note) => answer({ note })).then(
      (result) => answer({ result }),
      (error: unknown) => answer({ error: describeError(error) }),
    );
  });
  process.once('disconnect', () => process.exit());
}

function describeError(error: unknown): { code: string; message: string; hint?: string } {
  if (error instanceof SecateurError) {
    const { code, message, hint } = error;
    return { code, message, ...(hint === undefined ? {} : { hint }) };
  }
  return { code: 'ERR_BACKEND', message: String(error) };
}
