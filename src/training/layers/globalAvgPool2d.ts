import { derived, only, type Trainable } from './trainable.js';

export const globalAvgPool2d: Trainable<'globalAvgPool2d'> = {
  pass: derived((tf, { config }, inputs) => tf.mean(only(inputs), [1, 2], config.keepDims)),
};
