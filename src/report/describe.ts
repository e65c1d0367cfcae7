import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';

/** What pandas' `describe` says about a column of numbers. `std` is null for a single number. */
export interface Description {
  readonly count: number;
  readonly mean: number;
  /** Standard deviation of the sample: the squares' sum over `count - 1`. */
  readonly std: number | null;
  readonly min: number;
  readonly '25%': number;
  readonly '50%': number;
  readonly '75%': number;
  readonly max: number;
}

/** The value below which `share` of the sorted numbers lie, interpolated linearly between its two neighbours. */
function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const [low, high] = [sorted[below]!, sorted[Math.ceil(position)]!];
  return low + (position - below) * (high - low);
}

/**
 * Count, mean, spread and quartiles, in the units of the numbers; `std` is that of a sample (divided by `count - 1`).
 *
 * @throws SecateurError ERR_ARGUMENT if there are no numbers.
 */
export function describe(values: ArrayLike<number>): Description {
  expectArguments({ numbers: values });
  const count = values.length;
  if (count === 0) throw new SecateurError('ERR_ARGUMENT', 'values: expected at least one number but received none');
  const sorted = Float64Array.from(values).sort();
  const mean = sorted.reduce((sum, value) => sum + value, 0) / count;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    count,
    mean,
    std: count > 1 ? Math.sqrt(squares / (count - 1)) : null,
    min: sorted[0]!,
    '25%': quantile(sorted, 0.25),
    '50%': quantile(sorted, 0.5),
    '75%': quantile(sorted, 0.75),
    max: sorted[count - 1]!,
  };
}
