import type { Tensor, Tensor4D, Tf } from '../tf.js';
import { derived, only, type Trainable } from './trainable.js';
import { namedPadding, padImages, viewsOf } from './window.js';

const sum = (tf: Tf, views: readonly Tensor[]): Tensor => views.reduce((total, view) => tf.add(total, view));

export const avgPool2d: Trainable<'avgPool2d'> = {
  kernels: ['AvgPool', 'AvgPoolGrad'],
  pass: derived((tf, { config, outputShape }, inputs) => {
    const { kernelSize, strides, padding, dilation, includePadding } = config;
    const x = only(inputs) as Tensor4D;
    const named = includePadding && padding !== 'valid' ? null : namedPadding(padding);
    if (named !== null && dilation.every((step) => step === 1)) {
      return tf.avgPool(x, [...kernelSize], [...strides], named);
    }
    const size = [outputShape[0]!, outputShape[1]!] as const;
    const total = sum(tf, viewsOf(tf, padImages(tf, x, config), config, size));
    if (includePadding) return tf.div(total, kernelSize[0] * kernelSize[1]);
    const ones = padImages(tf, tf.ones([1, ...x.shape.slice(1, 3), 1]), config);
    return tf.div(total, sum(tf, viewsOf(tf, ones, config, size)));
  }),
};
