import { predict } from '../../engine/index.js';
import { isLargest } from '../../metrics/index.js';
import type { Network } from '../../network/index.js';
import { joined, type ToySamples } from './samples.js';

/** How many samples of each set a network gets right, from one pass over all of them. */
export async function countRight(
  network: Network,
  sets: readonly ToySamples[],
  signal?: AbortSignal,
): Promise<number[]> {
  const { x, y } = joined(sets);
  const logits = await predict(network, { x }, signal === undefined ? {} : { signal });
  const classes = logits.length / y.length;
  let from = 0;
  return sets.map((set) => {
    let right = 0;
    for (const label of set.y) {
      right += Number(isLargest(logits.subarray(from * classes, (from + 1) * classes), label));
      from++;
    }
    return right;
  });
}

/** The class of the largest logit for each point, of equals the first. */
export async function classify(network: Network, x: Float32Array, signal?: AbortSignal): Promise<Uint8Array> {
  const logits = await predict(network, { x }, signal === undefined ? {} : { signal });
  const classes = logits.length / (x.length / 2);
  return Uint8Array.from({ length: x.length / 2 }, (_, i) => {
    const own = logits.subarray(i * classes, (i + 1) * classes);
    return own.indexOf(Math.max(...own));
  });
}

/** In percent, in double and in this order, as the published logs have it. */
export const percentOf = (right: number, samples: number): number => (right / samples) * 100;
