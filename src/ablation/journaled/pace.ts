import { availableParallelism } from 'node:os';
import { sampleBlock } from '../../engine/index.js';

/** How many samples the next part of a run has. */
export interface Pace {
  samples(): number;
  took(seconds: number): void;
}

/** Seconds that a part should take: what a killed run loses, and long beside the time that keeping it takes. */
const [shortest, longest] = [1, 4];

/** Whole blocks, soon enough for every thread. Only what is lost with a killed run depends on it. */
export function createPace(): Pace {
  const forAll = sampleBlock * availableParallelism();
  let samples = sampleBlock;
  return {
    samples: () => samples,
    took: (seconds) => {
      if (samples < forAll || seconds < shortest) samples *= 2;
      else if (seconds > longest && samples >= 2 * forAll) samples /= 2;
    },
  };
}
