import { ablate, type NodeEvent } from '../ablation/index.js';
import type { Context } from './context.js';
import { scoresOf } from './incoming.js';
import type { Scoring } from './steps.js';

/** Scores from the exact knock-out of every node, a layer as soon as it is final. */
export async function* ablatedScores(
  { network, layers, options, request }: Context,
  score: (node: NodeEvent, intactAccuracy: number) => number,
): Scoring {
  const { data, loss, run } = request;
  const names = layers.map(({ name }) => name);
  let intact = 0;
  let nodes: number[] = [];
  let finished = 0;
  for await (const event of ablate(network, data, { ...run, ...(loss && { loss }), layers: names, cut: options.cut })) {
    if (event.type === 'baseline') intact = event.accuracy ?? Number.NaN;
    else if (event.type === 'node') nodes[event.node] = score(event, intact);
    else if (event.type === 'progress') yield { type: 'progress', done: event.done, of: event.of };
    else if (event.type === 'layer') {
      yield scoresOf(layers[finished++]!.id, Float64Array.from(nodes));
      nodes = [];
    }
  }
}
