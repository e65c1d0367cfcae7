import { SecateurError } from '../util/errors.js';
import { type Remote, readDataFile } from './dataFiles.js';
import type { DatasetSource, Split } from './dataset.js';
import { readIdx } from './idx.js';

/** Where an image set in MNIST's format comes from. */
export interface IdxFiles {
  readonly dataset: string;
  readonly summary: string;
  /** Folders on the net, with their last slash. */
  readonly mirrors: readonly string[];
  /** Length and SHA-256 of each official file, `.gz` included. */
  readonly files: Readonly<Record<Split, { images: FileFacts; labels: FileFacts }>>;
}

interface FileFacts {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

const classes = 10;

/** The row of an image set in MNIST's format: images of bytes and labels of ten classes. */
export function idxSource({ dataset, summary, mirrors, files }: IdxFiles): DatasetSource {
  return {
    summary,
    async load(split, options) {
      const read = async (facts: FileFacts, axes: number) =>
        readIdx(
          await readDataFile(dataset, facts.name, remoteOf(facts, mirrors), options),
          axes,
          `${dataset}/${facts.name}`,
        );
      const images = await read(files[split].images, 3);
      const labels = await read(files[split].labels, 1);
      const [count, height, width] = images.shape as [number, number, number];
      if (labels.data.length !== count) {
        throw new SecateurError('ERR_DATA', `${dataset}: ${count} images but ${labels.data.length} labels`);
      }
      const y = classLabels(labels.data, classes, `${dataset}/${files[split].labels.name}`);
      return { x: images.data, y, scale: 1 / 255, shape: [height, width, 1], count, classes };
    },
  };
}

const remoteOf = ({ name, bytes, sha256 }: FileFacts, mirrors: readonly string[]): Remote => {
  const file = `${name}.gz`;
  return { file, urls: mirrors.map((mirror) => `${mirror}${file}`), bytes, sha256 };
};

/** @throws SecateurError ERR_DATA unless every label is below `classes`. */
export function classLabels(labels: Uint8Array, classes: number, name: string): Int32Array {
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong === -1) return Int32Array.from(labels);
  throw new SecateurError('ERR_DATA', `${name}: label ${wrong} is ${labels[wrong]}, there are ${classes} classes`);
}
