import { type Shape, sizeOf } from '../../tensor/tensor.js';
import { SecateurError } from '../../util/errors.js';

/** Bytes of a model file: protobuf itself ends there. */
export const maxFileBytes = 2 ** 31 - 1;

/** Numbers in the output of one layer for one sample. */
const maxActivation = 2 ** 26;

/** Weights that one model may hold, counted as often as it makes a tensor of them: 2 GiB of float32. */
const maxElements = 2 ** 29;

/**
 * Bounds what a few declared sizes can make anyone allocate.
 *
 * @throws SecateurError ERR_LIMIT if one layer's output is larger than any network's.
 */
export function checkActivation(shape: Shape): void {
  if (sizeOf(shape) <= maxActivation) return;
  throw new SecateurError('ERR_LIMIT', `its output [${shape}] has more than ${maxActivation} numbers`);
}

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
