import { nodeCount } from '../network/index.js';
import { type ConservationEvent, type PropagateOptions, propagate } from '../propagation/index.js';
import type { Context } from './context.js';
import { scoresOf } from './incoming.js';
import type { Scoring } from './steps.js';

/**
 * Scores of nodes: what arrives there on the way back, as a mean over the samples times `factor`. Then what each layer that
 * was passed kept.
 */
export async function* relevanceScores(context: Context, rule: PropagateOptions, factor = 1): Scoring {
  const { network, layers, options, request } = context;
  const { data, loss, run } = request;
  const names = layers.map(({ name }) => name);
  const arrived = new Map(layers.map((layer) => [layer.name, new Float64Array(nodeCount(layer))]));
  const asked = {
    ...run,
    ...(loss && { loss }),
    ...rule,
    layers: names,
    at: options.at,
    conservation: 'passed',
  } as const;
  const kept: ConservationEvent[] = [];
  for await (const event of propagate(network, data, asked)) {
    if (event.type === 'progress') yield { type: 'progress', done: event.done, of: event.of };
    if (event.type === 'layer') kept.push(event);
    if (event.type === 'relevance') arrived.get(event.layer)![event.node] = event.relevance * factor;
  }
  for (const { id, name } of layers) yield scoresOf(id, arrived.get(name)!);
  yield* kept;
}
