import type { BackwardRule, Product, Share, Stabiliser } from '../../engine/index.js';
import { type Convention, stabiliserOf } from '../conventions.js';

/**
 * One rule: what a layer hands back, declared in the engine's words. `Options` are its numbers.
 *
 * Notation: `x_i` inputs, `w_ij` weights, `b_j` biases, `z_j` what a denominator sums up, `R_j` relevance at the outputs.
 */
export interface Rule<Options extends object> {
  /** The formula in one line. */
  readonly formula: string;
  /** Who described it first, or where it is explained best. */
  readonly source: string;
  readonly defaults: Options;
  /** @throws SecateurError ERR_ARGUMENT for options that make no sense. */
  readonly check?: (options: Options) => void;
  /** For layers with weights. */
  readonly weighted: (options: Options, convention: Convention) => BackwardRule;
  /** For layers without weights; default {@link passOn}. */
  readonly weightless?: (convention: Convention) => BackwardRule;
  /**
   * Whether what a layer with weights gets goes on to its inputs, but for what the stabiliser keeps and dead denominators
   * lose: always, never, or where no bias takes part.
   */
  readonly conserves: 'always' | 'without bias' | 'never';
}

/** Activations hand on what comes, sums and poolings by means share in proportion to their signed contributions. */
export const passOn = (convention: Convention): BackwardRule => ({
  type: 'pass',
  part: 'signed',
  ...stabiliserOf(convention),
});

/** A rule of one share. */
export function oneShare(products: readonly Product[], stabiliser: Stabiliser): BackwardRule {
  return { type: 'shares', shares: [share(products, stabiliser, 1)] };
}

export const share = (products: readonly Product[], stabiliser: Stabiliser, factor: number): Share => ({
  products,
  factor,
  ...stabiliser,
});
