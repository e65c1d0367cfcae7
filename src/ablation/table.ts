import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import type { AblationEvent, BaselineEvent, NodeClass, NodeEvent } from './events.js';

/** One layer of a finished run: its nodes, and which of them are in each class, as in the ablation study. */
export interface LayerTable {
  readonly layer: string;
  readonly nodes: readonly Omit<NodeEvent, 'type' | 'layer'>[];
  readonly indices: Readonly<Record<NodeClass, readonly number[]>>;
}

/** A whole run as one document. */
export interface AblationTable {
  readonly schemaVersion: 1;
  readonly baseline: Omit<BaselineEvent, 'type' | 'schemaVersion'>;
  readonly layers: readonly LayerTable[];
  /** From the call of `ablate` to the last result. */
  readonly seconds: number;
  /** Of adaptive runs only, as `DoneEvent` has it. */
  readonly measured?: number;
}

const indicesOf = (nodes: LayerTable['nodes'], wanted: NodeClass): number[] =>
  nodes.filter((node) => node.class === wanted).map(({ node }) => node);

function layerTable(layer: string, nodes: LayerTable['nodes']): LayerTable {
  const indices = {
    zero: indicesOf(nodes, 'zero'),
    worse: indicesOf(nodes, 'worse'),
    important: indicesOf(nodes, 'important'),
  };
  return { layer, nodes, indices };
}

/**
 * Reads a run to its end. Layers stand in the order in which they were first heard of, nodes by their numbers.
 *
 * @throws SecateurError ERR_ARGUMENT if its events were read before.
 */
export async function tabulate(events: AsyncIterable<AblationEvent>): Promise<AblationTable> {
  expectArguments({ events });
  const layers = new Map<string, Omit<NodeEvent, 'type' | 'layer'>[]>();
  let baseline: AblationTable['baseline'] | undefined;
  let end: Pick<AblationTable, 'seconds' | 'measured'> = { seconds: 0 };
  for await (const event of events) {
    if (event.type === 'baseline') {
      const { type: _type, schemaVersion: _version, ...rest } = event;
      baseline = rest;
    } else if (event.type === 'estimate') {
      layers.set(event.layer, layers.get(event.layer) ?? []);
    } else if (event.type === 'node') {
      const { type: _type, layer, ...node } = event;
      const nodes = layers.get(layer) ?? [];
      nodes.push(node);
      layers.set(layer, nodes);
    } else if (event.type === 'done') {
      const { type: _type, nodes: _nodes, ...rest } = event;
      end = rest;
    }
  }
  if (!baseline) throw new SecateurError('ERR_ARGUMENT', 'the events of this run were read before');
  const tables = [...layers].map(([layer, nodes]) =>
    layerTable(
      layer,
      nodes.sort((a, b) => a.node - b.node),
    ),
  );
  return { schemaVersion: 1, baseline, layers: tables, ...end };
}
