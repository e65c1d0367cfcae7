import type { CutSets, Cuts } from '../engine/index.js';
import { type LayerId, nodeCount } from '../network/index.js';
import type { Context } from './context.js';
import { activationsAt, signalOf, siteOf } from './passes.js';
import type { Pass } from './steps.js';

/** All nodes of the layers as players of one game, whose value is minus the mean loss of the network that is left. */
export interface Game {
  readonly context: Context;
  /** Numbered layer by layer. */
  readonly players: number;
  readonly layers: readonly { readonly layer: LayerId; readonly from: number; readonly to: number }[];
  readonly cuts: Cuts;
  /** Mean loss with all of them. */
  readonly intact: number;
}

/** Numbers the nodes, finds where each is cut, and measures the intact network. */
export async function openGame(context: Context): Promise<Game> {
  const { compiled, labelled, layers, options } = context;
  const { samples, head } = labelled;
  const sites = layers.map((layer) => (options.cut === 'weights' ? layer.id : siteOf(context, layer)));
  const sums = options.cut === 'mean' ? await activationsAt(context, sites) : null;
  let players = 0;
  const ranges = layers.map((layer) => {
    const from = players;
    players += nodeCount(layer);
    return { layer: layer.id, from, to: players };
  });
  const cuts: Cuts = {
    sites: new Uint32Array(players),
    nodes: new Uint32Array(players),
    values: new Float32Array(players),
  };
  for (const [i, { from, to }] of ranges.entries()) {
    cuts.sites.fill(sites[i]!, from, to);
    for (let player = from; player < to; player++) cuts.nodes[player] = player - from;
    if (sums)
      cuts.values.set(
        sums[i]!.sum.map((sum) => sum / sums[i]!.count),
        from,
      );
  }
  const { lossSum } = await compiled.evaluate(samples, head, signalOf(context));
  return { context, players, layers: ranges, cuts, intact: lossSum / samples.count };
}

/** Mean losses without players: a row is a list of steps, each removes more players, and each gives a loss. */
export async function* lossesWithout(
  { context, cuts }: Game,
  rows: readonly (readonly (readonly number[])[])[],
): Pass<number[][]> {
  const { samples } = context.labelled;
  const losses: number[][] = rows.map(() => []);
  const owner = Uint32Array.from(rows.flatMap((row, i) => row.map(() => i)));
  const job = { ...context.labelled, cuts, sets: setsOf(rows), ...signalOf(context) };
  for await (const event of context.compiled.ablateSets(job)) {
    if (event.type === 'set') losses[owner[event.set]!]!.push(event.lossSum / samples.count);
    if (event.type === 'progress') yield { type: 'progress', done: event.done, of: samples.count };
  }
  return losses;
}

function setsOf(rows: readonly (readonly (readonly number[])[])[]): CutSets {
  const steps = rows.flat();
  let end = 0;
  return {
    members: Uint32Array.from(steps.flat()),
    ends: Uint32Array.from(steps, ({ length }) => {
      end += length;
      return end;
    }),
    grows: Uint8Array.from(rows.flatMap((row) => row.map((_, step) => Number(step > 0)))),
  };
}

/** Mean loss without any of the players. */
export async function* emptyLoss(game: Game): Pass<number> {
  const all = Array.from({ length: game.players }, (_, player) => player);
  const [row] = yield* lossesWithout(game, [[all]]);
  return row![0]!;
}
