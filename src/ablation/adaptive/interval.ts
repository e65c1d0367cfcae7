import { studentQuantile } from '../../util/student.js';

/** What is known of a node in one stratum: sums over the blocks measured of their changes. */
export interface Tally {
  blocks: number;
  sum: number;
  squares: number;
  /** The largest size of the change of a block. */
  most: number;
}

export const emptyTally = (): Tally => ({ blocks: 0, sum: 0, squares: 0, most: 0 });

export function addBlock(tally: Tally, change: number): void {
  tally.blocks += 1;
  tally.sum += change;
  tally.squares += change * change;
  tally.most = Math.max(tally.most, Math.abs(change));
}

/** The change summed over all samples, and how far off it may be: null where no two blocks differ. */
export interface Estimate {
  readonly sum: number;
  readonly halfWidth: number | null;
}

/** How many blocks as extreme as the most extreme known one may hide among the blocks of a stratum not drawn. */
const hidden = 2;

/** Beyond so many degrees Student's quantiles are those of the normal distribution; fewer only widen. */
const mostDegrees = 1000;

/**
 * A stratified estimate from blocks drawn without replacement (W. G. Cochran, Sampling Techniques, 3rd ed. 1977, 5.3 and
 * 5.4: finite population correction, Satterthwaite's degrees of freedom), widened twice for changes that are mostly small
 * and rarely large, by what the harder strata show: their spread counts as one more block drawn, and the most extreme
 * block may hide `hidden` times among those not drawn.
 *
 * @param tallies By stratum, the hardest first, which is measured whole; strata not measured whole have at least 2 blocks.
 * @param population Blocks in each stratum.
 * @param quantile Student's, by degrees of freedom.
 */
export function estimate(
  tallies: readonly Tally[],
  population: readonly number[],
  quantile: (degrees: number) => number,
): Estimate {
  let [sum, variance, weight, hiding] = [0, 0, 0, 0];
  let whole = true;
  for (const [stratum, tally] of tallies.entries()) {
    const all = population[stratum]!;
    if (tally.blocks === all) {
      sum += tally.sum;
      continue;
    }
    whole = false;
    const harder = tallies[stratum - 1]!;
    const part = totalVariance(tally, spread(harder), all);
    sum += (tally.sum / tally.blocks) * all;
    variance += part;
    weight += part ** 2 / (tally.blocks - 1);
    hiding += hidden * Math.max(tally.most, harder.most);
  }
  if (whole) return { sum, halfWidth: 0 };
  if (variance === 0) return { sum, halfWidth: null };
  const degrees = Math.min(Math.floor(variance ** 2 / weight), mostDegrees);
  return { sum, halfWidth: quantile(degrees) * Math.sqrt(variance) + hiding };
}

/** Of the estimated total of a stratum. */
function totalVariance(tally: Tally, harder: number, all: number): number {
  const { blocks } = tally;
  const own = spread(tally);
  const ofBlock = ((blocks - 1) * own + Math.max(own, harder)) / blocks;
  return (all ** 2 * (1 - blocks / all) * ofBlock) / blocks;
}

/** The variance of the changes of blocks. */
const spread = ({ blocks, sum, squares }: Tally): number => Math.max(0, squares - sum ** 2 / blocks) / (blocks - 1);

/** Student's quantiles at one tail, each computed once. */
export function quantiles(tail: number): (degrees: number) => number {
  const known = new Map<number, number>();
  return (degrees) => {
    const found = known.get(degrees) ?? studentQuantile(tail, degrees);
    known.set(degrees, found);
    return found;
  };
}
