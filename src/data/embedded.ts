import { fileURLToPath } from 'node:url';
import type { Split } from './dataset.js';
import { loadNpz } from './npzFile.js';
import { pick, type Samples } from './samples.js';

/**
 * A dataset that the package carries, whole in one file. Every fifth sample of its class is in the test split, the
 * others in the training split, both in their original order.
 */
export async function loadEmbedded(file: string, classes: number, scale: number, split: Split): Promise<Samples> {
  const path = fileURLToPath(new URL(`../../assets/${file}`, import.meta.url));
  const all = { ...(await loadNpz(path, { scale })), classes };
  return pick(all, indicesOf(split, all.y, classes));
}

function indicesOf(split: Split, y: ArrayLike<number>, classes: number): number[] {
  const seen = new Int32Array(classes);
  const isTest = Array.from(y, (label) => ++seen[label]! % 5 === 0);
  return isTest.flatMap((test, i) => (test === (split === 'test') ? [i] : []));
}
