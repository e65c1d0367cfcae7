import type { Tensor4D } from '../tf.js';
import { derived, only, type Trainable } from './trainable.js';

export const zeroPad2d: Trainable<'zeroPad2d'> = {
  pass: derived((tf, { config: { padding } }, inputs) => {
    const [height, width] = padding;
    return tf.pad4d(only(inputs) as Tensor4D, [[0, 0], [...height], [...width], [0, 0]]);
  }),
};
