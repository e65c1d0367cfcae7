import { derived, type Trainable } from './trainable.js';

export const multiply: Trainable<'multiply'> = {
  pass: derived((tf, _layer, inputs) => inputs.reduce((product, x) => tf.mul(product, x))),
};
