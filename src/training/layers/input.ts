import { only, type Trainable, untouched } from './trainable.js';

/** Its input is the batch. */
export const input: Trainable<'input'> = { pass: (_tools, _layer, inputs) => untouched(only(inputs)) };
