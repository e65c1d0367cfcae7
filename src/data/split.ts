import { expectArguments } from '../util/arguments.js';
import { invalid, isFiniteNumber } from '../util/expect.js';
import { createRandom, shuffle } from '../util/random.js';
import { pick, type Rows } from './samples.js';

/** How to split. */
export interface SplitOptions {
  /** Of all samples, for the first part, in (0, 1); rounded up to whole samples. */
  readonly share: number;
  /** Of the permutation. */
  readonly seed: number;
}

/**
 * Splits samples at random into two: one permutation by NumPy's legacy generator, whose beginning is the first part and
 * whose end the rest. So `train_test_split` of scikit-learn with `test_size: share` splits.
 *
 * @throws SecateurError ERR_ARGUMENT for a share that leaves a part empty, or a seed outside [0, 2^32).
 */
export function splitDataset<S extends Rows>(data: S, options: SplitOptions): { first: S; rest: S } {
  expectArguments({ labelled: data, options });
  const { share, seed } = options;
  if (!isFiniteNumber(share) || share <= 0 || Math.ceil(share * data.count) >= data.count)
    throw invalid('share', `a number in (0, 1) that leaves some of the ${data.count} samples`, share);
  const order = Int32Array.from({ length: data.count }, (_, i) => i);
  shuffle(order, createRandom(seed));
  const length = Math.ceil(share * data.count);
  return { first: pick(data, order.subarray(0, length)), rest: pick(data, order.subarray(length)) };
}
