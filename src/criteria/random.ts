import { nodeCount } from '../network/index.js';
import { createRandom } from '../util/random.js';
import type { Context } from './context.js';
import type { Criterion } from './criterion.js';
import { kernelOf, scoresOf } from './incoming.js';
import type { Scoring } from './steps.js';

export const random: Criterion = {
  keep: 'high',
  signed: false,
  needs: [],
  takes: ['seed'],
  formula: 'a uniform number in [0, 1): what every criterion must beat',
  source: 'the baseline of Mittal et al., Recovering from random pruning, WACV 2018',
  nodes: (context) => draws(context, nodeCount),
  weights: (context) => draws(context, (layer) => kernelOf(layer).length),
};

async function* draws({ layers, options }: Context, count: (layer: Context['layers'][number]) => number): Scoring {
  const generator = createRandom(options.seed);
  for (const layer of layers) {
    yield scoresOf(
      layer.id,
      Float64Array.from({ length: count(layer) }, () => generator.uniform()),
    );
  }
}
