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
  await writeSamples(paths.npz, [4], 7, 3);
  return paths;
}

/** Some samples of a shape, with classes. */
export async function writeSamples(
  path: string,
  shape: readonly number[],
  count: number,
  classes: number,
): Promise<void> {
  const size = shape.reduce((product, n) => product * n, count);
  const x = Float32Array.from({ length: size }, (_, i) => Math.sin(i));
  const y = Int32Array.from({ length: count }, (_, i) => i % classes);
  const arrays = [
    ['x', { type: 'float32', shape: [count, ...shape], data: x }],
    ['y', { type: 'int32', shape: [count], data: y }],
  ] as const;
  await writeFileAtomic(path, writeNpz(arrays.map(([name, array]) => [name, array])));
}
