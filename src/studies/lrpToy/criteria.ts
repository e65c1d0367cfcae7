import { scores } from '../../criteria/index.js';
import type { RunOptions } from '../../engine/index.js';
import type { Network } from '../../network/index.js';
import { type PropagateOptions, propagate } from '../../propagation/index.js';
import { hiddenNames, type Variant } from './network.js';
import type { ToySamples } from './samples.js';

/** In the order of the published tables. */
export const toyCriteria = ['lrp', 'taylor', 'grad', 'weight'] as const;
export type ToyCriterion = (typeof toyCriteria)[number];

/** A score for each hidden unit, layer after layer. */
export type UnitScores = Float64Array;

type Divisor = (scores: readonly number[]) => number;

const sum: Divisor = (scores) => scores.reduce((total, score) => total + score, 0);
const euclidean: Divisor = (scores) => Math.hypot(...scores);

/** What is sent back from the outputs, and what makes the scores of a layer comparable with those of another. */
interface Backward {
  readonly pass: PropagateOptions;
  /** Whether scores are the sizes of the sums over samples, where those are taken before the sizes. */
  readonly sized: boolean;
  readonly divisor: Divisor;
}

const backward: Readonly<Record<Exclude<ToyCriterion, 'weight'>, Backward>> = {
  lrp: { pass: { rule: 'zplus', convention: 'toy', start: 'label-logit' }, sized: false, divisor: sum },
  taylor: { pass: { rule: 'gradient', start: 'loss', times: 'activation' }, sized: true, divisor: euclidean },
  grad: { pass: { rule: 'gradient', start: 'loss' }, sized: true, divisor: euclidean },
};

/** Criteria that look at no sample score the same for every run. */
export const needsSamples = (criterion: ToyCriterion): boolean => criterion !== 'weight';

/**
 * Scores of all hidden units by what reaches their pre-activations. As published, samples are summed with their signs, so
 * that they cancel, and relevance keeps its sign to the end: where the true logits sum to less than 0, the order turns
 * round. Corrected, each sample counts by its size.
 *
 * @throws SecateurError as {@link propagate}.
 */
export async function scoreUnits(
  network: Network,
  criterion: ToyCriterion,
  samples: ToySamples,
  { variant, ...run }: RunOptions & { readonly variant: Variant },
): Promise<UnitScores> {
  if (criterion === 'weight') {
    const { layers } = await scores(network, null, { criterion: 'l1', normalize: 'sum', ...run }).collect();
    return Float64Array.from(layers.flatMap((layer) => layer.scores));
  }
  const { pass, sized, divisor } = backward[criterion];
  const told = { ...pass, ...run, at: 'pre', layers: hiddenNames, conservation: false } as const;
  const { layers } = await propagate(network, samples, told).collect();
  const signed = variant === 'as-published';
  const byLayer = layers.toReversed().map(({ nodes }) => {
    const values = nodes.map((node) => (signed ? node.relevance : node.absolute));
    const own = sized ? values.map(Math.abs) : values;
    const scale = divisor(own) || 1;
    return own.map((value) => value / scale);
  });
  return Float64Array.from(byLayer.flat());
}
