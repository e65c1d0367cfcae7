import type { Tensor4D } from '../tf.js';
import { derived, only, type Trainable } from './trainable.js';
import { namedPadding, padImages, viewsOf } from './window.js';

/** Below every number that an image holds. */
const lowest = -3.4e38;

/** Windows that no backend has: the largest over what each place of the window sees. */
const byViews = derived<'maxPool2d'>((tf, { config, outputShape }, inputs) => {
  const padded = padImages(tf, only(inputs), config, { fill: lowest });
  const views = viewsOf(tf, padded, config, [outputShape[0]!, outputShape[1]!]);
  return views.reduce((largest, view) => tf.maximum(largest, view));
});

export const maxPool2d: Trainable<'maxPool2d'> = {
  kernels: ['MaxPool', 'MaxPoolGrad'],
  pass: (tools, layer, inputs, weights) => {
    const { kernelSize, strides, padding, dilation } = layer.config;
    const named = namedPadding(padding);
    if (named === null || dilation.some((step) => step !== 1)) return byViews(tools, layer, inputs, weights);
    const { tf } = tools;
    const input = only(inputs) as Tensor4D;
    const attributes = { filterSize: [...kernelSize], strides: [...strides], pad: named };
    const output = tf.engine().runKernel('MaxPool', { x: input }, attributes) as Tensor4D;
    return {
      output,
      backward: (dy) => ({
        inputs: [() => tf.engine().runKernel('MaxPoolGrad', { dy, input, output }, attributes) as Tensor4D],
        weights: {},
      }),
    };
  },
};
