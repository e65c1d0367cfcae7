import type { DatasetSource } from './dataset.js';
import { loadEmbedded } from './embedded.js';

/** Handwritten digits of 8x8 pixels in 0..16 (E. Alpaydin & C. Kaynak 1998): the test half of the UCI repository's. */
export const digits: DatasetSource = {
  summary: '1797 handwritten digits of 8x8 pixels (1442 train, 355 test); embedded',
  load: (split) => loadEmbedded('digits.npz', 10, 1 / 16, split),
};
