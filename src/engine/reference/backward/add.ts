import { sizeOf } from '../../../tensor/tensor.js';
import { sourcesOf } from '../broadcast.js';
import type { LayerBackward } from './step.js';
import { passProportionally } from './weighted.js';

/** The inputs end to end are one long input, which the layer adds up with weights of 1. */
export const add: LayerBackward<'add'> = {
  pass: ({ outputShape }, step) => {
    const sources = step.inputs.map(({ shape }) => sourcesOf(shape, outputShape));
    const lengths = step.inputs.map(({ data }) => data.length);
    const starts = lengths.map((_, b) => lengths.slice(0, b).reduce((sum, length) => sum + length, 0));
    const { signal, dead } = passProportionally(
      {
        inputs: lengths.reduce((sum, length) => sum + length, 0),
        outputs: sizeOf(outputShape),
        kernel: [1],
        bias: null,
        each: (visit) =>
          sources.forEach((source, b) => {
            source.forEach((i, j) => {
              visit(starts[b]! + i, j, 0);
            });
          }),
      },
      step,
    );
    return { signals: lengths.map((length, b) => signal.subarray(starts[b]!, starts[b]! + length)), dead };
  },
};
