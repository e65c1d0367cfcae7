import { type Random, shuffle } from '../util/random.js';
import type { Points } from './toy.js';

const noise = 0.1;

/** One clean class: the point at `step` of `count` steps along its curve. */
export type Curve = (count: number) => (readonly [number, number])[];

/** Two curves of half the samples each, shuffled, then moved by Gaussian noise, as scikit-learn's generators do. */
export function drawPair(first: Curve, second: Curve, samples: number, random: Random): Points {
  const half = Math.floor(samples / 2);
  const clean = [...first(half), ...second(samples - half)];
  const order = Int32Array.from(clean, (_, i) => i);
  shuffle(order, random);
  const shuffledX = Float64Array.from([...order].flatMap((point) => clean[point]!));
  return {
    x: shuffledX.map((value) => value + noise * random.normal()),
    y: order.map((point) => Number(point >= half)),
  };
}
