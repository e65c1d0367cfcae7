import { only, type Trainable } from './trainable.js';

export const dense: Trainable<'dense'> = {
  pass: ({ ops }, _layer, inputs, { kernel, bias }) => {
    const x = only(inputs);
    const product = ops.matMul(x, kernel!);
    return {
      output: bias === undefined ? product : ops.addBias(product, bias),
      backward: (gradient) => ({
        inputs: [() => ops.matMul(gradient, kernel!, false, true)],
        weights: {
          kernel: ops.matMul(x, gradient, true, false),
          ...(bias === undefined ? {} : { bias: ops.biasGradient(gradient) }),
        },
      }),
    };
  },
};
