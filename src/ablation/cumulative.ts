import type { LabelledData } from '../data/index.js';
import type { Network } from '../network/index.js';
import { expectArguments } from '../util/arguments.js';
import type { BaselineEvent, DoneEvent, ProgressEvent } from './events.js';
import { type Gathered, gather, type MeasureOptions, type MeasuringRun } from './measuring.js';
import { cutSets, expectList, indexNodes, measureSets, type NodeRef, prepareSets, type Without } from './sets.js';

/** The network without the first `removed` nodes of the order; `layer` and `node` are the last of these. */
export interface RemovalEvent extends NodeRef, Without {
  readonly type: 'removal';
  readonly removed: number;
}

/** What a cumulative run tells, in order. */
export type CumulativeEvent = BaselineEvent | RemovalEvent | ProgressEvent | DoneEvent;

/** A whole run as one document. */
export interface CumulativeTable {
  readonly schemaVersion: 1;
  readonly baseline: Gathered<CumulativeEvent>['baseline'];
  readonly removals: readonly Omit<RemovalEvent, 'type'>[];
  /** From the call to the last result. */
  readonly seconds: number;
}

/**
 * Removes nodes one after the other and measures the network after each, exactly, on all samples. What a removal has
 * computed is used again by the next.
 *
 * @param order nodes of one layer or of several, such as `[{ layer: 'dense_1', node: 7 }, { layer: 'dense_2', node: 3 }]`.
 * @throws SecateurError as `ablate`; ERR_ARGUMENT for a node that is twice in the order.
 */
export function ablateCumulative(
  network: Network,
  data: LabelledData,
  order: readonly NodeRef[],
  options: MeasureOptions = {},
): MeasuringRun<CumulativeEvent, CumulativeTable> {
  expectArguments({ order });
  const { nodes } = indexNodes('order', [expectList('order', 'a list of nodes', order)]);
  const steps = nodes.map((_, index) => [index]);
  const measuring = prepareSets(network, data, { name: 'order', nodes, sets: cutSets(steps, true) }, options);
  const events = measureSets<RemovalEvent>(measuring, (set, without) => {
    return { type: 'removal', removed: set + 1, ...nodes[set]!, ...without };
  });
  return { [Symbol.asyncIterator]: () => events, collect: () => tabulateCumulative(events) };
}

/**
 * Reads a run to its end. @throws SecateurError ERR_ARGUMENT if its events were read before.
 *
 * @throws SecateurError ERR_ARGUMENT if its events were read before.
 */
export async function tabulateCumulative(events: AsyncIterable<CumulativeEvent>): Promise<CumulativeTable> {
  const { baseline, of, seconds } = await gather<CumulativeEvent>(events);
  return { schemaVersion: 1, baseline, removals: of('removal'), seconds };
}
