import { concatAxis } from '../../../network/index.js';
import { sizeOf } from '../../../tensor/tensor.js';
import { type LayerBackward, passed } from './step.js';

/** To each input what lies in its runs. */
export const concat: LayerBackward<'concat'> = {
  pass: ({ config, outputShape }, { inputs, signal }) => {
    const runs = sizeOf(outputShape.slice(0, concatAxis(config, outputShape)));
    const signals = inputs.map(({ data }) => new Float64Array(data.length));
    let at = 0;
    for (let run = 0; run < runs; run++) {
      for (const own of signals) {
        const length = own.length / runs;
        own.set(signal.subarray(at, at + length), run * length);
        at += length;
      }
    }
    return passed(...signals);
  },
};
