import { SecateurError } from '../../util/errors.js';

/** Bytes of a model file: protobuf itself ends there. */
export const maxFileBytes = 2 ** 31 - 1;

/** Numbers in the output of one layer for one sample; a bound on what a few declared sizes can make anyone allocate. */
export const maxActivation = 2 ** 26;

/** Weights that one model may hold, counted as often as it makes a tensor of them: 2 GiB of float32. */
const maxElements = 2 ** 29;

/** Counts what a file makes its reader allocate. */
export interface ElementBudget {
  /** @throws SecateurError ERR_LIMIT if the file has now asked for more than a model may hold. */
  take(count: number): void;
}

export function elementBudget(): ElementBudget {
  let left = maxElements;
  return {
    take: (count) => {
      left -= count;
      if (left < 0) {
        throw new SecateurError('ERR_LIMIT', `its tensors hold more than ${maxElements} numbers`, {
          hint: 'the file is broken, or a model too large to be ablated here',
        });
      }
    },
  };
}
