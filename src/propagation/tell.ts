import type { PropagationEvent, PropagationResult } from '../engine/index.js';
import { ancestorsOf, type Layer, type LayerId } from '../network/index.js';
import type { ConservationEvent, MapEvent, PropagationRunEvent, RelevanceEvent, StartEvent } from './events.js';
import type { Prepared } from './prepare.js';

/** Seconds since a time of `performance.now()`. */
export const secondsSince = (started: number): number => (performance.now() - started) / 1000;

export function startEvent({ network, head, rules, ...prepared }: Prepared): StartEvent {
  const reaching = ancestorsOf(network, head.scores);
  const { samples, start, convention, folded, engine, notice } = prepared;
  return {
    type: 'start',
    schemaVersion: 1,
    samples: samples.count,
    start,
    convention,
    rules: rules
      .filter(({ layer }) => reaching.has(layer.id))
      .map(({ layer, name }) => ({ layer: layer.name, rule: name })),
    folded,
    lossName: head.loss,
    engine: engine.name,
    notice,
  };
}

/** The layers that relevance comes to. */
type Reached = ReadonlySet<LayerId>;

/** An engine's event in the words of the library: sums as means, layers by name. */
export function* tell(prepared: Prepared, reached: Reached, event: PropagationEvent): Generator<PropagationRunEvent> {
  if (event.type === 'result') {
    yield* relevances(prepared, reached, event);
    yield* mapEvents(prepared, event);
    return;
  }
  const of = prepared.samples.count;
  const seconds = secondsSince(prepared.started);
  yield { type: 'progress', done: event.done, of, seconds, eta: (seconds * (of - event.done)) / event.done };
}

/** From the output to the input: the nodes of each layer that is told, then what every layer kept that was passed. */
function* relevances(
  prepared: Prepared,
  reached: Reached,
  result: PropagationResult,
): Generator<RelevanceEvent | ConservationEvent> {
  for (const layer of prepared.network.layers.toReversed()) {
    const index = prepared.told.findIndex((own) => own.layer.id === layer.id);
    if (index >= 0) yield* nodeEvents(prepared, layer, result.taps[index]!);
    const passed = layer.inputs.some((id) => reached.has(id)) && reached.has(layer.id);
    if (passed && result.layers.length > 0) yield conservation(prepared, reached, result, layer);
  }
}

function* nodeEvents(
  { samples: { count } }: Prepared,
  { name }: Layer,
  { sum, absolute, square }: PropagationResult['taps'][number],
): Generator<RelevanceEvent> {
  for (const [node, total] of sum.entries()) {
    yield {
      type: 'relevance',
      layer: name,
      node,
      relevance: total / count,
      absolute: absolute[node]! / count,
      square: square[node]! / count,
    };
  }
}

function conservation(
  { network, head, rules, samples: { count } }: Prepared,
  reached: Reached,
  { layers }: PropagationResult,
  { id, name, inputs }: Layer,
): ConservationEvent {
  const rule = rules[id]!;
  const total = (layer: LayerId): number => layers[layer]!.total / count;
  const sources = [...new Set(inputs)];
  const reaching = ancestorsOf(network, head.scores);
  const others = network.layers.filter((layer) => layer.id !== id && reaching.has(layer.id));
  const apart =
    sources.every((input) => reached.has(input)) &&
    !others.some((layer) => layer.inputs.some((input) => sources.includes(input)));
  return {
    type: 'layer',
    layer: name,
    rule: rule.name,
    received: total(id),
    handed: apart ? sources.reduce((sum, input) => sum + total(input), 0) : null,
    dead: layers[id]!.dead,
    conserves: rule.conserves,
  };
}

function* mapEvents({ maps }: Prepared, result: PropagationResult): Generator<MapEvent> {
  for (const [i, { id: _id, name, outputShape }] of maps.entries()) {
    yield { type: 'map', layer: name, shape: outputShape, values: result.maps[i]! };
  }
}
