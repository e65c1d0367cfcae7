import { sizeOf } from '../../../tensor/tensor.js';
import { eachPixel, windowOver } from '../image.js';
import type { LayerBackward } from './step.js';
import { passProportionally } from './weighted.js';

/** Every value under a window has the weight `1 / positions`, one weight a window. */
export const avgPool2d: LayerBackward<'avgPool2d'> = {
  pass: ({ config, outputShape }, step) => {
    const [input] = step.inputs;
    const walk = windowOver(config, input!);
    const channels = outputShape[2]!;
    const kernel: number[] = [];
    eachPixel(outputShape, (_at, y, x) => {
      let inside = 0;
      walk(y, x, () => {
        inside += 1;
      });
      kernel.push(1 / (config.includePadding ? config.kernelSize[0] * config.kernelSize[1] : inside));
    });
    const { signal, dead } = passProportionally(
      {
        inputs: input!.data.length,
        outputs: sizeOf(outputShape),
        kernel,
        bias: null,
        each: (visit) =>
          eachPixel(outputShape, (pixel, y, x) =>
            walk(y, x, (at) => {
              for (let c = 0; c < channels; c++) visit(at + c, pixel + c, pixel / channels);
            }),
          ),
      },
      step,
    );
    return { signals: [signal], dead };
  },
};
