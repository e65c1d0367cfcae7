import { drawPair } from './pair.js';
import { linspace, type ToySet } from './toy.js';

/** Two half circles, one in the other's mouth: scikit-learn's `make_moons` with noise 0.1. */
export const moon: ToySet = {
  classes: 2,
  noiseContinues: false,
  draw: (samples, random) =>
    drawPair(
      (count) => linspace(0, Math.PI, count).map((t) => [Math.cos(t), Math.sin(t)]),
      (count) => linspace(0, Math.PI, count).map((t) => [1 - Math.cos(t), 1 - Math.sin(t) - 0.5]),
      samples,
      random,
    ),
};
