import { type Layer, weightSpecs } from '../network/index.js';
import type { Context } from './context.js';
import { groupedScores, weightIn } from './grouped.js';
import { mapKernel, scoresOf, sumIncoming } from './incoming.js';
import { meanGradients } from './passes.js';
import type { Scoring } from './steps.js';

/** What a weight and its gradient (or the mean square of single samples' gradients) make together. */
export type WeightProduct = (weight: number, gradient: number) => number;

interface Asked {
  /** Whether `gradient` is the mean of the squared gradients of single samples. */
  readonly squares?: boolean;
}

/** Scores of nodes: the sum of a product over their incoming weights. */
export const sumOverIncoming = (product: WeightProduct, asked: Asked = {}) =>
  kernelScores((layer, each) => sumIncoming(layer, each), product, asked);

/** Scores of single weights. */
export const eachWeightAlone = (product: WeightProduct, asked: Asked = {}) =>
  kernelScores((layer, each) => mapKernel(layer, each), product, asked);

const kernelScores = (
  score: (layer: Layer, each: (weight: number, index: number) => number) => Float64Array,
  product: WeightProduct,
  asked: Asked,
) =>
  async function* (context: Context): Scoring {
    // Criteria that share passes all ask for the same layers.
    const asking = context.passes ? factorsOf(context) : context.layers;
    const gradientOf = yield* meanGradients(context, asking, asked);
    for (const layer of context.layers) {
      yield scoresOf(
        layer.id,
        score(layer, (w, i) => product(w, gradientOf(layer, 'kernel', i))),
      );
    }
  };

const factorsOf = ({ network }: Context): readonly Layer[] =>
  network.layers.filter((layer) => weightSpecs(network, layer).some(([, { role }]) => role === 'factor'));

/** Scores of nodes: the sums of a product over each weight that goes with them, reduced. */
export const overGroups = (product: WeightProduct, asked: Asked = {}) =>
  async function* (context: Context): Scoring {
    const gradientOf = yield* meanGradients(context, factorsOf(context), asked);
    yield* groupedScores(context, (layer, weight, i) =>
      product(weightIn(layer, weight, i), gradientOf(layer, weight, i)),
    );
  };
