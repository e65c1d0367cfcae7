import type { ActivationSums, PropagationJob, PropagationResult, TapSums } from '../engine/index.js';
import { type Layer, type LayerId, nodeOutput } from '../network/index.js';
import { sizeOf } from '../tensor/tensor.js';
import type { Context } from './context.js';
import { scoresOf } from './incoming.js';
import type { Pass, Scoring } from './steps.js';

/** The layer at whose output the nodes of a layer are looked at: its own, or where their output leaves (`at`). */
export function siteOf({ network, options, labelled }: Context, layer: Layer): LayerId {
  return options.at === 'pre' ? layer.id : nodeOutput(network, layer, labelled?.head.scores).id;
}

/** Numbers in one channel of a layer's output for one sample. */
export const positionsOf = ({ network }: Context, site: LayerId): number => {
  const shape = network.layers[site]?.outputShape ?? [];
  return sizeOf(shape) / (shape.at(-1) ?? 1);
};

export const signalOf = ({ request }: Context): { signal?: AbortSignal } =>
  request.run.signal ? { signal: request.run.signal } : {};

/** Sums over the outputs of layers, all in one forward pass. */
export async function activationsAt(context: Context, sites: readonly LayerId[]): Promise<ActivationSums[]> {
  const key = JSON.stringify(['activations', sites]);
  const known = context.passes?.find(key) as ActivationSums[] | undefined;
  if (known) return known;
  const started = performance.now();
  const sums = await context.compiled.activationSums(context.samples, sites, signalOf(context));
  context.passes?.keep(key, sums, (performance.now() - started) / 1000);
  return sums;
}

/** Scores of nodes from the sums over their outputs. */
export const fromActivations = (score: (sums: ActivationSums, node: number) => number) =>
  async function* (context: Context): Scoring {
    const { layers } = context;
    const sums = await activationsAt(
      context,
      layers.map((layer) => siteOf(context, layer)),
    );
    for (const [i, { id }] of layers.entries()) {
      yield scoresOf(
        id,
        sums[i]!.sum.map((_, node) => score(sums[i]!, node)),
      );
    }
  };

/** Sends the gradient of the loss back once, and takes what is asked for on the way. */
export async function* gradients(
  context: Context,
  asked: Partial<Pick<PropagationJob, 'taps' | 'weightGradients' | 'squaredGradients' | 'weightedSquares'>>,
): Pass<PropagationResult> {
  const { passes } = context;
  const key = JSON.stringify(['gradients', asked]);
  const known = passes?.find(key) as PropagationResult | undefined;
  if (known) return known;
  const started = performance.now();
  const { network, compiled, labelled } = context; // packed now, where that has not been
  const job: PropagationJob = {
    ...labelled,
    start: 'loss',
    rules: network.layers.map(() => ({ type: 'gradient' })),
    taps: [],
    maps: [],
    weightGradients: [],
    squaredGradients: false,
    weightedSquares: [],
    totals: false,
    ...asked,
    ...signalOf(context),
  };
  for await (const event of compiled.propagate(job)) {
    if (event.type === 'result') {
      passes?.keep(key, event, (performance.now() - started) / 1000);
      return event;
    }
    yield { type: 'progress', done: event.done, of: labelled.samples.count };
  }
  throw new Error('the engine ended without a result');
}

/** Of one node: the sums over all samples of `s`, the sum over positions of `a g` for one sample; and their numbers. */
export interface NodeProducts {
  readonly sum: number;
  readonly absolute: number;
  readonly square: number;
  readonly samples: number;
  readonly positions: number;
}

/** Scores of nodes from activation times gradient at their output. */
export const fromProducts = (score: (products: NodeProducts) => number) =>
  async function* (context: Context): Scoring {
    const sites = context.layers.map((layer) => siteOf(context, layer));
    const { taps } = yield* gradients(context, { taps: sites.map((layer) => ({ layer, times: 'activation' })) });
    for (const [i, { id }] of context.layers.entries()) {
      yield scoresOf(id, scoreEach(taps[i]!, context.samples.count, positionsOf(context, sites[i]!), score));
    }
  };

const scoreEach = (
  { sum, absolute, square }: TapSums,
  samples: number,
  positions: number,
  score: (products: NodeProducts) => number,
): Float64Array =>
  sum.map((own, node) => score({ sum: own, absolute: absolute[node]!, square: square[node]!, samples, positions }));

/** Means over the samples of the gradients of weights, or of the squares of single samples' gradients. */
export type MeanGradient = (layer: Layer, weight: string, index: number) => number;

/** The mean gradient of each weight of `layers`; with `squares` the mean of the squared gradients of single samples. */
export async function* meanGradients(
  context: Context,
  layers: readonly Layer[],
  { squares = false } = {},
): Pass<MeanGradient> {
  const weightGradients = layers.map(({ id }) => id);
  const { weights } = yield* gradients(context, { weightGradients, squaredGradients: squares });
  const byLayer = new Map(weights.map((of) => [of.layer, squares ? of.squares! : of.gradients]));
  return ({ id }, weight, index) => (byLayer.get(id)?.[weight]?.[index] ?? 0) / context.samples.count;
}

/** Scores of nodes: the mean over the samples of the sum over its incoming weights of `(w g)^2`. */
export async function* meanWeightedSquares(context: Context): Scoring {
  const ids = context.layers.map(({ id }) => id);
  const { weightedSquares } = yield* gradients(context, { weightedSquares: ids });
  const { count } = context.samples;
  for (const [i, id] of ids.entries()) {
    yield scoresOf(
      id,
      weightedSquares[i]!.map((sum) => sum / count),
    );
  }
}
