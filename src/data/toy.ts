import { SecateurError } from '../util/errors.js';
import { expectFinite, expectPositiveInteger, invalid, isNonNegativeInteger } from '../util/expect.js';
import { createRandom, type Random } from '../util/random.js';
import type { DatasetSource } from './dataset.js';
import type { Samples } from './samples.js';

/** Points of the plane before they are rounded to float32: `x` holds two numbers a point, `y` its class. */
export interface Points {
  readonly x: Float64Array;
  readonly y: Int32Array;
}

/**
 * A data set of the toy pruning experiment (Yeom et al., Pruning by Explaining, 2021), drawn bit for bit as there from
 * NumPy's legacy generator.
 */
export interface ToySet {
  readonly classes: number;
  draw(samples: number, random: Random): Points;
  /** Whether the noise of a noisy test set goes on in the stream of the points, not in a fresh one of the same seed. */
  readonly noiseContinues: boolean;
}

const trainSamplesPerClass = 1000;
const testSamples = 500;
const mostSamples = 1_000_000;

/**
 * Draws `samples` points of all classes together with a generator of their own.
 *
 * @throws SecateurError ERR_ARGUMENT unless `samples` is a positive integer and `seed` an integer in [0, 2^32);
 * ERR_LIMIT for more than a million samples.
 */
export function drawToy(toy: ToySet, samples: number, seed: number): Points {
  if (samples > mostSamples) {
    throw new SecateurError('ERR_LIMIT', `at most ${mostSamples} samples are drawn, not ${samples}`);
  }
  return toy.draw(expectPositiveInteger('samples', samples), createRandom(seed));
}

/**
 * The noisy test set of a run of the experiment: 500 points drawn with `seed + 1`, rounded to float32, then moved by
 * `sigma` times a normal number in every coordinate and rounded again.
 *
 * @throws SecateurError ERR_ARGUMENT unless `sigma` is finite and `seed + 1` an integer in [0, 2^32).
 */
export function noisyToyTest(toy: ToySet, sigma: number, seed: number): Samples {
  expectFinite('sigma', sigma);
  const random = createRandom(nextSeed(seed));
  const points = toy.draw(testSamples, random);
  const noise = toy.noiseContinues ? random : createRandom(nextSeed(seed));
  const clean = rounded(points, toy);
  return { ...clean, x: Float32Array.from(clean.x, (value) => value + sigma * noise.normal()) };
}

/**
 * The row of a toy set in the table of datasets: 1000 training samples a class unless `limit` says how many to draw;
 * the test split is 500 samples of the next seed, without extra noise.
 */
export function toySource(toy: ToySet, summary: string): DatasetSource {
  return {
    summary,
    drawn: true,
    async load(split, { limit, seed = 0 }) {
      const count = { train: trainSamplesPerClass * toy.classes, test: testSamples }[split];
      return rounded(drawToy(toy, limit ?? count, split === 'train' ? seed : nextSeed(seed)), toy);
    },
  };
}

function nextSeed(seed: number): number {
  if (!isNonNegativeInteger(seed)) throw invalid('seed', 'a non-negative integer', seed);
  return seed + 1;
}

function rounded({ x, y }: Points, { classes }: ToySet): Samples {
  return { x: Float32Array.from(x), y, scale: 1, shape: [2], count: y.length, classes };
}

/** NumPy's `linspace`: `count` numbers from `start`, evenly spaced, up to and with `stop` or just before it. */
export function linspace(start: number, stop: number, count: number, withStop = true): number[] {
  const step = (stop - start) / (withStop ? count - 1 : count);
  return Array.from({ length: count }, (_, i) => {
    if (i === 0) return start;
    return withStop && i === count - 1 ? stop : i * step + start;
  });
}
