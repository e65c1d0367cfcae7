import type { Tensor4D } from '../tf.js';
import { derived, only, type Trainable } from './trainable.js';
import { dilateKernel, everyNth, padImages } from './window.js';

export const depthwiseConv2d: Trainable<'depthwiseConv2d'> = {
  kernels: ['DepthwiseConv2dNativeBackpropInput', 'DepthwiseConv2dNativeBackpropFilter'],
  pass: derived((tf, { config }, inputs, { kernel, bias }) => {
    const padded = padImages(tf, only(inputs), config);
    const filter = dilateKernel(tf, kernel!, config.dilation);
    const [down, across] = config.strides;
    // TensorFlow's own takes one stride for both axes only.
    const convolved =
      down === across
        ? tf.depthwiseConv2d(padded, filter, down, 'valid')
        : everyNth(tf, tf.depthwiseConv2d(padded, filter, 1, 'valid'), [down, across]);
    return bias === undefined ? convolved : tf.add<Tensor4D>(convolved, bias);
  }),
};
