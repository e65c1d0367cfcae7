import { reshaped, type Trainable } from './trainable.js';

export const flatten: Trainable<'flatten'> = { pass: reshaped };
