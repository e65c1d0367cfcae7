import type { LabelledData } from '../data/index.js';
import { reachedLayers } from '../engine/index.js';
import { type Network, nodeCount } from '../network/index.js';
import { expectArguments } from '../util/arguments.js';
import { abortedError } from '../util/errors.js';
import type { PropagationRunEvent } from './events.js';
import { jobOf, type Prepared, type PropagateOptions, prepare } from './prepare.js';
import { type PropagationTable, tabulate } from './table.js';
import { secondsSince, startEvent, tell } from './tell.js';

/** A run: read its events once with `for await`, or take them all as a table. Nothing is computed before. */
export interface PropagationRun extends AsyncIterable<PropagationRunEvent> {
  /** Runs to the end. */
  collect(): Promise<PropagationTable>;
}

/**
 * Sends relevance from the scores back to the input, on all samples, and tells what arrives at every node.
 *
 * Events: `start`, `progress` several times a second, then layer by layer from the output to the input each layer's nodes
 * and what it received and handed on, the maps that were asked for, and `done`. Numbers do not depend on `threads` or
 * `memory`, to the last bit.
 *
 * @param data `x` holds whole samples in the model's own layout, `y` a class or a row of targets for each.
 * @throws SecateurError ERR_ARGUMENT, ERR_SHAPE or ERR_DATA for input that does not fit; ERR_NATIVE for an engine that
 * is not there; ERR_ABORTED, while the events are read.
 * @example
 * const { layers } = await propagate(network, { x, y }, { rule: 'zplus', start: 'label-logit' }).collect();
 */
export function propagate(network: Network, data: LabelledData, options: PropagateOptions = {}): PropagationRun {
  expectArguments({ network, options });
  const events = run(prepare(network, data, options));
  return {
    [Symbol.asyncIterator]: () => events,
    collect: () => tabulate(events),
  };
}

async function* run(prepared: Prepared): AsyncGenerator<PropagationRunEvent, void, undefined> {
  const { engine, network, told, options } = prepared;
  const { signal, threads, memory } = options;
  if (signal?.aborted) throw abortedError(signal);
  yield startEvent(prepared);
  using compiled = engine.compile(network, {
    ...(threads === undefined ? {} : { threads }),
    ...(memory === undefined ? {} : { memory }),
  });
  const job = jobOf(prepared);
  const reached = reachedLayers(network, job);
  for await (const event of compiled.propagate(job)) yield* tell(prepared, reached, event);
  const nodes = told.reduce((sum, { layer }) => sum + nodeCount(layer), 0);
  yield { type: 'done', seconds: secondsSince(prepared.started), nodes };
}
