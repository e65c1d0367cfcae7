import { gathered, repeated } from '../broadcast.js';
import { type LayerBackward, passed } from './step.js';

/** The product rule; by every other rule each input gets an equal part. */
export const multiply: LayerBackward<'multiply'> = {
  pass: ({ outputShape }, { rule, inputs, signal }) => {
    const factors = inputs.map((input) => repeated(input, outputShape));
    const ofOthers = (own: number, j: number): number =>
      factors.reduce((product, factor, b) => (b === own ? product : product * factor[j]!), 1);
    const share = (own: number, j: number): number => (rule.type === 'gradient' ? ofOthers(own, j) : 1 / inputs.length);
    return passed(
      ...inputs.map(({ shape }, own) =>
        gathered(
          shape,
          outputShape,
          signal.map((r, j) => r * share(own, j)),
        ),
      ),
    );
  },
};
