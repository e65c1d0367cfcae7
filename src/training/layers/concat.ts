import { concatAxis } from '../../network/index.js';
import { derived, type Trainable } from './trainable.js';

export const concat: Trainable<'concat'> = {
  pass: derived((tf, { config, outputShape }, inputs) => tf.concat([...inputs], 1 + concatAxis(config, outputShape))),
};
