import type { LayerBackward } from './step.js';
import { passProportionally } from './weighted.js';

/** Every value has the weight `1 / positions`. */
export const globalAvgPool2d: LayerBackward<'globalAvgPool2d'> = {
  pass: (_layer, step) => {
    const { shape, data } = step.inputs[0]!;
    const channels = shape[2]!;
    const { signal, dead } = passProportionally(
      {
        inputs: data.length,
        outputs: channels,
        kernel: [channels / data.length],
        bias: null,
        each: (visit) => {
          for (let i = 0; i < data.length; i++) visit(i, i % channels, 0);
        },
      },
      step,
    );
    return { signals: [signal], dead };
  },
};
