import { ranksOf } from './ranks.js';

/**
 * Spearman's rank correlation: Pearson's correlation of the ranks, ties sharing the mean of theirs (Spearman 1904). Null
 * where one of the two lists is constant, or has fewer than two numbers.
 */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  const [x, y] = [centred(ranksOf(a)), centred(ranksOf(b))];
  const scale = Math.sqrt(dot(x, x) * dot(y, y));
  return scale === 0 ? null : dot(x, y) / scale;
}

/** Ranks minus their mean, which ties do not change. */
const centred = (ranks: Float64Array): Float64Array => ranks.map((rank) => rank - (ranks.length + 1) / 2);

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
