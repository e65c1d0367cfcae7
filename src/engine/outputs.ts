import type { CompiledNetwork, Samples } from './engine.js';
import { largestDifference, roundingBound } from './rounding.js';

/** All outputs of a network, in its order, each `[count, ...shape]`. */
export async function forwardAll(
  compiled: CompiledNetwork,
  samples: Samples,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Float32Array[]> {
  const stop = signal ? { signal } : {};
  const outputs: Float32Array[] = [];
  for (const layer of compiled.network.outputs) outputs.push(await compiled.forward(samples, { layer, ...stop }));
  return outputs;
}

/** How far two ways to compute the same lie apart, and how far rounding lets them. */
export interface Agreement {
  readonly difference: number;
  readonly tolerance: number;
}

/**
 * Output by output, how far others lie from a network's own.
 *
 * @param moved those of {@link movedNetwork}.
 */
export const agreements = (
  outputs: readonly Float32Array[],
  others: readonly Float32Array[],
  moved: readonly Float32Array[],
): Agreement[] =>
  outputs.map((own, i) => {
    const other = others[i];
    const difference = own.length === other?.length ? largestDifference(own, other) : Number.NaN;
    return { difference, tolerance: roundingBound(own, moved[i]!) };
  });

/** Whether rounding can explain a difference; NaN is never explained. */
export const agrees = ({ difference, tolerance }: Agreement): boolean => difference <= tolerance;

/** The one that is nearest to its tolerance, or furthest beyond: if it agrees, all do. */
export const worstOf = <A extends Agreement>(all: readonly A[]): A =>
  all.reduce((worst, one) => (shareOf(one) > shareOf(worst) ? one : worst));

const shareOf = (one: Agreement): number =>
  agrees(one) ? one.difference / Math.max(one.tolerance, Number.MIN_VALUE) : Number.POSITIVE_INFINITY;
