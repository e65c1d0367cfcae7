import { SecateurError } from '../util/errors.js';
import { type Remote, readDataFile, unpackGzip } from './dataFiles.js';
import type { DatasetSource, LoadOptions, Split } from './dataset.js';
import { classLabels } from './idxSource.js';
import { untar } from './tar.js';

const dataset = 'cifar-10';
const classes = 10;
const shape = [32, 32, 3] as const;
const pixels = 32 * 32;
const channels = 3;
const recordBytes = 1 + channels * pixels;
const recordsPerFile = 10_000;

const batches: Readonly<Record<Split, readonly string[]>> = {
  train: [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`),
  test: ['test_batch.bin'],
};

const remote: Remote = {
  file: 'cifar-10-binary.tar.gz',
  urls: ['https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz'],
  bytes: 170052171,
  sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
  contents: async (bytes) => {
    const files = untar(await unpackGzip(bytes, remote.file), remote.file);
    return new Map([...files].filter(([name]) => name.endsWith('.bin')));
  },
};

/** A. Krizhevsky, V. Nair & G. Hinton: small photographs of ten kinds of things. */
export const cifar10: DatasetSource = {
  summary: '60000 colour photographs of 32x32 pixels (50000 train, 10000 test); 170 MB, downloaded once',
  async load(split, options) {
    const files = batchesFor(split, options);
    const count = files.length * recordsPerFile;
    const x = new Uint8Array(count * channels * pixels);
    const labels = new Uint8Array(count);
    for (const [i, file] of files.entries()) {
      const bytes = await readDataFile(dataset, file, remote, options);
      checkLength(bytes, `${dataset}/${file}`);
      const first = i * recordsPerFile;
      readRecords(bytes, x.subarray(first * channels * pixels), labels.subarray(first));
    }
    return { x, y: classLabels(labels, classes, dataset), scale: 1 / 255, shape, count, classes };
  },
};

/** The first samples need only the first files. */
function batchesFor(split: Split, { limit, seed }: LoadOptions): readonly string[] {
  const all = batches[split];
  return limit === undefined || seed !== undefined ? all : all.slice(0, Math.ceil(limit / recordsPerFile));
}

function checkLength(bytes: Uint8Array, name: string): void {
  const expected = recordsPerFile * recordBytes;
  if (bytes.length === expected) return;
  throw new SecateurError('ERR_DATA', `${name}: expected ${expected} bytes but the file has ${bytes.length}`);
}

/** A record is its label and then a plane of pixels a channel; `x` gets the channels of each pixel side by side. */
function readRecords(bytes: Uint8Array, x: Uint8Array, labels: Uint8Array): void {
  for (let record = 0; record < recordsPerFile; record++) {
    const start = record * recordBytes;
    labels[record] = bytes[start]!;
    for (let channel = 0; channel < channels; channel++) {
      const plane = start + 1 + channel * pixels;
      let to = record * pixels * channels + channel;
      for (let pixel = 0; pixel < pixels; pixel++, to += channels) x[to] = bytes[plane + pixel]!;
    }
  }
}
