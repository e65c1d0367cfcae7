import { linspace, type ToySet } from './toy.js';

const arms = 4;
const noise = 0.2;

/**
 * Four spiral arms, sorted by class from the origin outwards; noise of 0.2 radians on the angle alone. Samples that
 * do not divide by four go to the first arms.
 */
export const mult: ToySet = {
  classes: arms,
  noiseContinues: true,
  draw(samples, random) {
    const points = Array.from({ length: arms }, (_, arm) => {
      const count = Math.floor((samples + arms - 1 - arm) / arms);
      const radii = linspace(0, 1, count);
      return linspace(4 * arm, 4 * (arm + 1), count).map((angle, i) => {
        const t = angle + noise * random.normal();
        return { x: [radii[i]! * Math.sin(t), radii[i]! * Math.cos(t)], arm };
      });
    }).flat();
    return { x: Float64Array.from(points.flatMap(({ x }) => x)), y: Int32Array.from(points, ({ arm }) => arm) };
  },
};
