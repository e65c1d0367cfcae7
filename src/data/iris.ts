import type { DatasetSource } from './dataset.js';
import { loadEmbedded } from './embedded.js';

/** R. A. Fisher's flowers (1936) as the UCI repository has them: lengths and widths of sepal and petal in cm. */
export const iris: DatasetSource = {
  summary: '150 flowers of 3 kinds, 4 lengths each (120 train, 30 test); embedded',
  load: (split) => loadEmbedded('iris.npz', 3, 1, split),
};
