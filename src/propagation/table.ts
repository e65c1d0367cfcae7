import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import type { ConservationEvent, MapEvent, PropagationRunEvent, RelevanceEvent, StartEvent } from './events.js';

/** The nodes of one layer; see {@link RelevanceEvent}. */
export interface RelevanceTable {
  readonly layer: string;
  readonly nodes: readonly Omit<RelevanceEvent, 'type' | 'layer'>[];
}

/** A whole run as one document. */
export interface PropagationTable {
  readonly schemaVersion: 1;
  readonly start: Omit<StartEvent, 'type' | 'schemaVersion'>;
  /** From the output to the input. */
  readonly layers: readonly RelevanceTable[];
  /** What each layer received and handed on, from the output to the input. */
  readonly conservation: readonly Omit<ConservationEvent, 'type'>[];
  readonly maps: Readonly<Record<string, Omit<MapEvent, 'type' | 'layer'>>>;
  /** From the call of `propagate` to the last result. */
  readonly seconds: number;
}

/** Reads a run to its end. */
export async function tabulate(events: AsyncIterable<PropagationRunEvent>): Promise<PropagationTable> {
  expectArguments({ events });
  const layers = new Map<string, Omit<RelevanceEvent, 'type' | 'layer'>[]>();
  const conservation: Omit<ConservationEvent, 'type'>[] = [];
  const maps: Record<string, Omit<MapEvent, 'type' | 'layer'>> = {};
  let start: PropagationTable['start'] | undefined;
  let seconds = 0;
  const take: { [K in PropagationRunEvent['type']]: (event: Extract<PropagationRunEvent, { type: K }>) => void } = {
    start: ({ type: _type, schemaVersion: _version, ...rest }) => {
      start = rest;
    },
    progress: () => {},
    relevance: ({ type: _type, layer, ...node }) => {
      const nodes = layers.get(layer);
      if (nodes) nodes.push(node);
      else layers.set(layer, [node]);
    },
    layer: ({ type: _type, ...layer }) => conservation.push(layer),
    map: ({ type: _type, layer, ...map }) => {
      maps[layer] = map;
    },
    done: (event) => {
      seconds = event.seconds;
    },
  };
  for await (const event of events) (take[event.type] as (event: PropagationRunEvent) => void)(event);
  if (!start) throw new SecateurError('ERR_ARGUMENT', 'the events of this run were read before');
  const tables = [...layers].map(([layer, nodes]) => ({ layer, nodes }));
  return { schemaVersion: 1, start, layers: tables, conservation, maps, seconds };
}
