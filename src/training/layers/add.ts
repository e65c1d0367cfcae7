import { sameShape } from '../../tensor/tensor.js';
import { derived, type Trainable } from './trainable.js';

const repeating = derived<'add'>((tf, _layer, inputs) => inputs.reduce((sum, x) => tf.add(sum, x)));

export const add: Trainable<'add'> = {
  pass: (tools, layer, inputs, weights) => {
    const [first, ...others] = inputs;
    if (!others.every(({ shape }) => sameShape(shape, first!.shape))) return repeating(tools, layer, inputs, weights);
    return {
      output: others.reduce((sum, x) => tools.tf.add(sum, x), first!),
      backward: (gradient) => ({ inputs: inputs.map(() => () => gradient), weights: {} }),
    };
  },
};
