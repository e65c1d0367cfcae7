import { join } from 'node:path';
import { denseNetwork, initialize, saveModel, writeFileAtomic, writeNpz } from '../../src/index.js';

/** Untrained models and samples, as users have them. */
export async function writeFixtures(folder: string) {
  const paths = {
    digits: join(folder, 'digits/model.json'),
    iris: join(folder, 'iris/model.json'),
    npz: join(folder, 'samples.npz'),
  };
  await saveModel(initialize(denseNetwork([8, 8, 1], [6, 4], 10), { seed: 1 }), paths.digits);
  await saveModel(initialize(denseNetwork([4], [5], 3), { seed: 2 }), paths.iris);
  const x = Float32Array.from({ length: 7 * 4 }, (_, i) => Math.sin(i));
  const y = Int32Array.from({ length: 7 }, (_, i) => i % 3);
  const arrays = [
    ['x', { type: 'float32', shape: [7, 4], data: x }],
    ['y', { type: 'int32', shape: [7], data: y }],
  ] as const;
  await writeFileAtomic(paths.npz, writeNpz(arrays.map(([name, array]) => [name, array])));
  return paths;
}
