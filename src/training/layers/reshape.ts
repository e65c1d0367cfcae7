import { reshaped, type Trainable } from './trainable.js';

export const reshape: Trainable<'reshape'> = { pass: reshaped };
