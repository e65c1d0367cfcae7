import { expectArguments } from '../util/arguments.js';
import { abortedError } from '../util/errors.js';
import { expectOneOf } from '../util/expect.js';
import { cifar10 } from './cifar10.js';
import { circle } from './circle.js';
import type { Dataset, DatasetSource, LoadOptions, Split } from './dataset.js';
import { digits } from './digits.js';
import { fashionMnist } from './fashionMnist.js';
import { iris } from './iris.js';
import { mnist } from './mnist.js';
import { moon } from './moon.js';
import { mult } from './mult.js';
import { checkChoice, chosen } from './samples.js';
import { type ToySet, toySource } from './toy.js';

export { type DataFolders, dataFolders } from './dataFiles.js';
export type { Dataset, DownloadProgress, LabelledData, LoadOptions, SampleChoice, Split } from './dataset.js';
export { loadNpz, type NpzData, type NpzOptions } from './npzFile.js';
export type { Rows, Samples } from './samples.js';
export { type SplitOptions, splitDataset } from './split.js';
export { drawToy, noisyToyTest, type Points, type ToySet } from './toy.js';

/** The generated datasets, for `drawToy` and `noisyToyTest`. */
export const toySets = { moon, circle, mult } as const satisfies Record<string, ToySet>;

/** Every dataset with a name. */
export const datasets = {
  iris,
  digits,
  mnist,
  'fashion-mnist': fashionMnist,
  'cifar-10': cifar10,
  moon: toySource(moon, 'two half circles in the plane; drawn'),
  circle: toySource(circle, 'a circle in a circle, in the plane; drawn'),
  mult: toySource(mult, 'four spiral arms in the plane; drawn'),
} as const satisfies Record<string, DatasetSource>;

/** A name of the table. */
export type DatasetName = keyof typeof datasets;

/** All names, in the order of the table. */
export const datasetNames = Object.keys(datasets) as readonly DatasetName[];

const splits: readonly Split[] = ['train', 'test'];

/**
 * Loads a dataset by name. Embedded and generated ones need nothing; the others are downloaded at the first use and
 * kept (see `dataFolders`).
 *
 * @throws SecateurError ERR_ARGUMENT for names and options; ERR_IO if a download fails; ERR_DATA if a file is damaged;
 * ERR_LIMIT if too many samples are to be drawn; ERR_ABORTED through `signal`.
 */
export async function loadDataset(name: DatasetName, options: LoadOptions = {}): Promise<Dataset> {
  expectArguments({ options });
  const source: DatasetSource = datasets[expectOneOf('dataset', name, datasetNames)];
  const split = expectOneOf('split', options.split ?? 'train', splits);
  checkChoice(options);
  if (options.signal?.aborted) throw abortedError(options.signal);
  const samples = await source.load(split, options);
  return { ...(source.drawn ? samples : chosen(samples, options)), name, split, layout: 'nhwc' };
}
