import { type Curve, drawPair } from './pair.js';
import { linspace, type ToySet } from './toy.js';

const circleOf =
  (radius: number): Curve =>
  (count) =>
    linspace(0, 2 * Math.PI, count, false).map((t) => [radius * Math.cos(t), radius * Math.sin(t)]);

/** A circle of radius 1 around one of radius 0.3: scikit-learn's `make_circles` with noise 0.1 and factor 0.3. */
export const circle: ToySet = {
  classes: 2,
  noiseContinues: false,
  draw: (samples, random) => drawPair(circleOf(1), circleOf(0.3), samples, random),
};
