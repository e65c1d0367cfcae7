import type { LabelledData } from '../data/index.js';
import { accuracyOf, type CompiledNetwork, type EngineEvent } from '../engine/index.js';
import type { Network } from '../network/index.js';
import { abortedError } from '../util/errors.js';
import { runAdaptive } from './adaptive/run.js';
import { classify, noCounts } from './classify.js';
import type { AblationEvent, NodeEvent } from './events.js';
import type { LayerSweep } from './plan.js';
import {
  type AblateOptions,
  baseline,
  fillMeans,
  type Prepared,
  prepare,
  progress,
  secondsSince,
  total,
} from './prepare.js';
import { type AblationTable, tabulate } from './table.js';

/** A run: read its events once with `for await`, or take them all as a table. Nothing is computed before. */
export interface AblationRun extends AsyncIterable<AblationEvent> {
  /** Runs to the end. */
  collect(): Promise<AblationTable>;
}

/**
 * Measures the network without each of its nodes, exactly, on all samples.
 *
 * Events come as they are final: the baseline, then layer by layer in graph order each layer's nodes and its counts,
 * then `done`; `progress` several times a second between them. Work is only a bounded way ahead of the reader; leaving
 * the loop or aborting the signal frees everything. Results do not depend on `threads` or `memory`, to the last bit.
 *
 * @param data `x` holds whole samples in the model's own layout, `y` a class or a row of targets for each.
 * @throws SecateurError ERR_ARGUMENT, ERR_SHAPE or ERR_DATA for input that does not fit; ERR_NATIVE for an engine that
 * is not there; ERR_ABORTED, while the events are read.
 * @example
 * for await (const event of ablate(network, { x, y })) if (event.type === 'node') console.log(event.layer, event.change);
 */
export function ablate(network: Network, data: LabelledData, options: AblateOptions = {}): AblationRun {
  const events = run(prepare(network, data, options));
  return {
    [Symbol.asyncIterator]: () => events,
    collect: () => tabulate(events),
  };
}

async function* run(prepared: Prepared): AsyncGenerator<AblationEvent, void, undefined> {
  const { engine, network, adaptive, options } = prepared;
  const { signal, threads, memory } = options;
  if (signal?.aborted) throw abortedError(signal);
  using compiled = engine.compile(network, {
    ...(threads === undefined ? {} : { threads }),
    ...(memory === undefined ? {} : { memory }),
  });
  const sweeps = await fillMeans(compiled, prepared);
  yield* adaptive === null ? runExact(prepared, compiled, sweeps) : runAdaptive(prepared, adaptive, compiled, sweeps);
}

async function* runExact(
  prepared: Prepared,
  compiled: CompiledNetwork,
  sweeps: readonly LayerSweep[],
): AsyncGenerator<AblationEvent, void> {
  const { samples, head, options } = prepared;
  const { signal, partial = false } = options;
  const narrate = narrator(prepared);
  const job = { samples, head, sweeps, partial, ...(signal ? { signal } : {}) };
  for await (const event of compiled.ablate(job)) yield* narrate(event);
  yield { type: 'done', seconds: secondsSince(prepared.started), nodes: total(sweeps) };
}

/** Turns sums into means, changes and classes, and counts each layer's classes. */
function narrator(prepared: Prepared): (event: EngineEvent) => Iterable<AblationEvent> {
  const { samples, head, sweeps, tolerances } = prepared;
  let intact = 0;
  let counts = noCounts();
  const layerName = (sweep: number): string => sweeps[sweep]?.layer.name ?? '';
  const node = (event: EngineEvent & { type: 'node' }): NodeEvent => {
    const loss = event.lossSum / samples.count;
    const change = intact - loss;
    return {
      type: 'node',
      layer: layerName(event.sweep),
      node: sweeps[event.sweep]?.nodes[event.index] ?? 0,
      loss,
      change,
      accuracy: accuracyOf(event, samples.count, head),
      class: classify(change, tolerances),
    };
  };
  const tell: { [K in EngineEvent['type']]: (event: EngineEvent & { type: K }) => AblationEvent[] } = {
    baseline: (event) => {
      intact = event.lossSum / samples.count;
      return [baseline(prepared, event)];
    },
    node: (event) => {
      const told = node(event);
      counts[told.class] += 1;
      if (event.index + 1 < (sweeps[event.sweep]?.nodes.length ?? 0)) return [told];
      const layer: AblationEvent = { type: 'layer', layer: told.layer, ...counts };
      counts = noCounts();
      return [told, layer];
    },
    progress: ({ done }) => progress(prepared, done),
    block: () => [],
    partial: (event) => [
      {
        type: 'partial',
        layer: layerName(event.sweep),
        node: sweeps[event.sweep]?.nodes[event.index] ?? 0,
        change: event.changeSum / event.samples,
        standardError: event.standardError,
        samples: event.samples,
      },
    ],
  };
  return (event) => (tell[event.type] as (event: EngineEvent) => AblationEvent[])(event);
}
