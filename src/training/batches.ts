import type { LabelledSamples } from '../engine/index.js';
import { type Random, shuffle } from '../util/random.js';

/** Some samples next to each other. */
export interface Batch {
  /** Scaled, `[targets.length, size]`. */
  readonly x: Float32Array;
  /** What is expected of each sample: a row of one class, or of numbers. */
  readonly targets: readonly ArrayLike<number>[];
}

/** Every sample once, in a new order if `random` is given. */
export function sampleOrder(count: number, random: Random | null): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  if (random !== null) shuffle(order, random);
  return order;
}

/** The samples with these numbers. */
export function takeBatch({ x, count, scale, targets }: LabelledSamples, samples: Uint32Array): Batch {
  const size = x.length / count;
  const width = targets.length / count;
  const taken = new Float32Array(samples.length * size);
  for (const [row, sample] of samples.entries()) {
    const from = sample * size;
    const to = row * size;
    for (let i = 0; i < size; i++) taken[to + i] = x[from + i]! * scale;
  }
  const rows = Array.from(samples, (sample) => targets.subarray(sample * width, (sample + 1) * width));
  return { x: taken, targets: rows };
}
