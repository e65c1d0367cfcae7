import { createRandom, shuffle } from '../util/random.js';
import { studentQuantile } from '../util/student.js';
import type { Context } from './context.js';
import type { Criterion } from './criterion.js';
import { emptyLoss, type Game, lossesWithout, openGame } from './game.js';
import type { Pass, Scoring } from './steps.js';

export const shapley: Criterion = {
  keep: 'high',
  signed: true,
  needs: ['ablation'],
  takes: ['cut', 'permutations', 'truncation', 'seed'],
  formula: 'what its removal adds to the mean loss, as a mean over orders in which all nodes of the layers are removed',
  source:
    'Ghorbani and Zou, Neuron Shapley, NeurIPS 2020; Castro et al., Polynomial calculation of the Shapley value, 2009',
  nodes: scoreNodes,
};

/** Means of draws, and how far they may be off. */
interface Estimate {
  readonly means: Float64Array;
  readonly standardErrors: Float64Array;
  /** How many standard errors an interval reaches to each side. */
  readonly reach: number;
}

/** Probability of each interval to hold the mean over all orders, were the draws normal (Student 1908). */
const confidence = 0.95;

async function* scoreNodes(context: Context): Scoring {
  const game = await openGame(context);
  const { permutations, truncation } = context.options;
  const isSmall = game.players <= mostPlayers && 2 ** game.players <= permutations * game.players;
  const draw = truncation === 0 ? sampleOrders : sampleTruncated;
  const { means, reach, ...errors } = isSmall ? yield* enumerate(game) : yield* draw(game, context);
  for (const { layer, from, to } of game.layers) {
    const standardErrors = errors.standardErrors.slice(from, to);
    const spread = { standardErrors, halfWidths: standardErrors.map((error) => reach * error) };
    yield { type: 'scores', layer, scores: means.slice(from, to), spread };
  }
}

/** So many players have few enough sets, 1024, to try them all. */
const mostPlayers = 10;

/**
 * The definition, over all sets `R` of removed nodes without node `i`, weighted by how many of the `n!` orders begin so:
 * `sum |R|! (n - |R| - 1)! / n! (loss(R + i) - loss(R))`.
 */
async function* enumerate(game: Game): Pass<Estimate> {
  const { players } = game;
  const all = Array.from({ length: players }, (_, player) => player);
  const sets = Array.from({ length: 2 ** players }, (_, set) => all.filter((player) => set & (1 << player)));
  const losses = yield* lossesWithout(
    game,
    sets.map((set) => [set]),
  );
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  const means = new Float64Array(players);
  for (const [set, { length: removed }] of sets.entries()) {
    const weight = (factorial(removed) * factorial(players - removed - 1)) / factorial(players);
    for (const player of all) {
      if (set & (1 << player)) continue;
      means[player]! += weight * (losses[set | (1 << player)]![0]! - losses[set]![0]!);
    }
  }
  return { means, standardErrors: new Float64Array(players), reach: 0 };
}

/** Random orders, all in one run of the engine. */
async function* sampleOrders(game: Game, context: Context): Pass<Estimate> {
  const orders = drawOrders(game, context);
  const rows = yield* lossesWithout(
    game,
    orders.map((order) => Array.from(order, (player) => [player])),
  );
  const statistics = openStatistics(game.players);
  for (const [i, order] of orders.entries()) statistics.add(order, rows[i]!, game.intact);
  return statistics.estimate();
}

/**
 * Random orders, each until what is left of the network does next to nothing: when all losses of a stretch lie within
 * `truncation` of the loss without any node, as a part of what all nodes are worth together. The nodes that are left share
 * the rest equally, so that the scores still add up to the worth of all.
 */
async function* sampleTruncated(game: Game, context: Context): Pass<Estimate> {
  const { permutations, truncation } = context.options;
  const empty = yield* emptyLoss(game);
  const near = truncation * Math.abs(empty - game.intact);
  const stretch = Math.max(shortestStretch, Math.ceil(game.players / stretches));
  const statistics = openStatistics(game.players);
  for (const [i, order] of drawOrders(game, context).entries()) {
    const losses: number[] = [];
    while (losses.length < order.length) {
      const [first, ...rest] = order.slice(losses.length, losses.length + stretch);
      const row = [[...order.slice(0, losses.length), first!], ...Array.from(rest, (player) => [player])];
      const [measured] = yield* lossesWithout(game, [row]);
      losses.push(...measured!);
      if (measured!.every((loss) => Math.abs(loss - empty) <= near)) break;
    }
    statistics.add(order, share(losses, empty, order.length), game.intact);
    yield { type: 'progress', done: i + 1, of: permutations };
  }
  return statistics.estimate();
}

/** An order is looked at in so many stretches, of at least so many nodes each. */
const stretches = 8;
const shortestStretch = 4;

/** Losses up to `length` that lead from the last one to `end` in equal steps. */
function share(losses: readonly number[], end: number, length: number): number[] {
  const last = losses.at(-1)!;
  const left = length - losses.length;
  return [...losses, ...Array.from({ length: left }, (_, i) => last + ((end - last) * (i + 1)) / left)];
}

function drawOrders({ players }: Game, { options: { permutations, seed } }: Context): Uint32Array[] {
  const random = createRandom(seed);
  return Array.from({ length: permutations }, () => {
    const order = Uint32Array.from({ length: players }, (_, player) => player);
    shuffle(order, random);
    return order;
  });
}

/** Running means and squared deviations of each player's share (Welford 1962). */
function openStatistics(players: number) {
  const [means, squares] = [new Float64Array(players), new Float64Array(players)];
  let count = 0;
  return {
    /** Takes the losses after each removal of an order. */
    add: (order: Uint32Array, losses: readonly number[], intact: number): void => {
      count += 1;
      for (const [k, player] of order.entries()) {
        const gap = losses[k]! - (k === 0 ? intact : losses[k - 1]!) - means[player]!;
        means[player]! += gap / count;
        squares[player]! += gap * gap * (1 - 1 / count);
      }
    },
    estimate: (): Estimate => ({
      means,
      standardErrors: squares.map((sum) => Math.sqrt(sum / (count - 1) / count)),
      reach: studentQuantile((1 - confidence) / 2, count - 1),
    }),
  };
}
