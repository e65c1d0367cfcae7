import { concatAxis } from '../../../network/index.js';
import { sizeOf } from '../../../tensor/tensor.js';
import type { LayerForward } from '../values.js';

/** Each input lies in memory as one run for every index of the axes before the joined one; runs are put end to end. */
export const concat: LayerForward<'concat'> = ({ config, outputShape }, ...inputs) => {
  const runs = sizeOf(outputShape.slice(0, concatAxis(config, outputShape)));
  const output = new Float64Array(sizeOf(outputShape));
  let at = 0;
  for (let run = 0; run < runs; run++) {
    for (const { data } of inputs) {
      const length = data.length / runs;
      output.set(data.subarray(run * length, (run + 1) * length), at);
      at += length;
    }
  }
  return output;
};
