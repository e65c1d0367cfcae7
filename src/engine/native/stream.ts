import { abortedError, SecateurError } from '../../util/errors.js';
import type { EngineEvent, SetsEvent } from '../engine.js';
import type { PropagationEvent } from '../propagation.js';
import type { Addon, NativeBatch, TaskHandle } from './addon.js';
import { translate, whenEnded } from './task.js';

type AnyEvent = EngineEvent | SetsEvent | PropagationEvent;
type Decode = (batch: NativeBatch, at: number) => AnyEvent;

const measured = ({ first, second }: NativeBatch, at: number) => ({ lossSum: first[at]!, correct: second[at]! });
const ablated = (batch: NativeBatch, at: number) => ({ ...measured(batch, at), flips: batch.third[at]! });
const place = ({ sweep, index }: NativeBatch, at: number) => ({ sweep: sweep[at]!, index: index[at]! });

/** By the number of the event's type in C++. */
const decoders: readonly Decode[] = [
  (batch, at) => ({ type: 'baseline', ...measured(batch, at) }),
  (batch, at) => ({ type: 'node', ...place(batch, at), ...ablated(batch, at) }),
  (batch, at) => ({ type: 'progress', done: batch.first[at]! }),
  (batch, at) => {
    const standardError = batch.third[at]!;
    return {
      type: 'partial',
      ...place(batch, at),
      samples: batch.second[at]!,
      changeSum: batch.first[at]!,
      standardError: Number.isNaN(standardError) ? null : standardError,
    };
  },
  (batch, at) => ({ type: 'set', set: batch.index[at]!, ...ablated(batch, at) }),
  (batch, at) => ({ type: 'block', ...place(batch, at), block: batch.second[at]!, changeSum: batch.first[at]! }),
  (batch, at) => ({ type: 'class', class: batch.index[at]!, samples: batch.third[at]!, ...measured(batch, at) }),
];

/** Events fetched at a time: enough to make a call cheap, few enough to hand them on at once. */
const batchLimit = 256;

const finished = { done: true, value: undefined } as const;

/**
 * The events of a task. Owns the task: leaving the loop, an abort, the end and an error free it; a stream that
 * is dropped unread goes with the garbage collector.
 */
export class EventStream<Event extends AnyEvent> implements AsyncIterableIterator<Event> {
  readonly #addon: Addon;
  readonly #task: TaskHandle;
  readonly #signal: AbortSignal | undefined;
  readonly #cancel: () => void;
  #last: ((result: unknown) => Event) | undefined;
  #batch: NativeBatch | undefined;
  #at = 0;
  #reading = false;
  #over = false;
  #closing: Promise<void> | undefined;

  /** `last` makes the last event of what the task has found. */
  constructor(addon: Addon, task: TaskHandle, signal?: AbortSignal, last?: (result: unknown) => Event) {
    this.#last = last;
    this.#addon = addon;
    this.#task = task;
    this.#signal = signal;
    // A signal may outlive many streams and must not keep a forgotten one from being collected.
    const weak = new WeakRef(this);
    this.#cancel = () => {
      const stream = weak.deref();
      if (stream) void stream.#close();
    };
    signal?.addEventListener('abort', this.#cancel);
    if (signal?.aborted) this.#cancel();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Event, undefined>> {
    if (this.#reading) {
      throw new SecateurError('ERR_ARGUMENT', 'next() was called before the call before it was answered');
    }
    if (this.#over) return finished;
    this.#reading = true;
    try {
      return await this.#pull();
    } finally {
      this.#reading = false;
    }
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#over = true;
    await this.#close();
    return finished;
  }

  async throw(error: unknown): Promise<never> {
    await this.return();
    throw error;
  }

  async #pull(): Promise<IteratorResult<Event, undefined>> {
    try {
      while (!this.#over) {
        if (this.#signal?.aborted) throw abortedError(this.#signal);
        const event = this.#takeFetched() ?? this.#takeLast();
        if (event) return { done: false, value: event };
        if (this.#batch?.done) break;
        this.#batch = await this.#fetch();
        this.#at = 0;
      }
    } catch (error) {
      const closed = this.#over;
      await this.return();
      if (!closed) throw translate(error, this.#signal);
    }
    await this.return();
    return finished;
  }

  #takeFetched(): Event | undefined {
    const type = this.#batch?.type[this.#at];
    if (this.#batch === undefined || type === undefined) return undefined;
    // A task tells only the events of its job.
    return decoders[type]!(this.#batch, this.#at++) as Event;
  }

  #takeLast(): Event | undefined {
    const event = this.#batch?.done ? this.#last?.(this.#batch.result) : undefined;
    if (event) this.#last = undefined;
    return event;
  }

  #fetch(): Promise<NativeBatch> {
    return new Promise((resolve, reject) => {
      this.#addon.next(this.#task, batchLimit, (error, batch) => (error ? reject(error) : resolve(batch)));
    });
  }

  /** Cancels and waits until the task is gone; how it ended was told to the reader, or nobody reads. */
  #close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#cancel);
    if (this.#closing === undefined) {
      this.#addon.cancel(this.#task);
      this.#closing = whenEnded(this.#addon, this.#task).then(
        () => {},
        () => {},
      );
    }
    return this.#closing;
  }
}
