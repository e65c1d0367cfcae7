import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { drawToy, loadDataset, noisyToyTest, toySets } from '../../data/index.js';
import { SecateurError, unreadable } from '../../util/errors.js';

export type ToyName = keyof typeof toySets;
export const toyNames = Object.keys(toySets) as readonly ToyName[];

/** Points of the plane with their classes. */
export interface ToySamples {
  /** Two numbers a point. */
  readonly x: Float32Array;
  readonly y: Int32Array;
}

export const classesOf = (dataset: ToyName): number => toySets[dataset].classes;

/**
 * What a network learns from: 1000 points a class, drawn with seed 0 (which for `circle` are the published ones, point for
 * point), or a published file of a folder.
 *
 * @throws SecateurError ERR_IO or ERR_DATA for a file that cannot be used.
 */
export async function trainingSamples(dataset: ToyName, folder: string | null): Promise<ToySamples> {
  if (folder !== null) return readToyCsv(join(folder, `${dataset}_train.csv`), classesOf(dataset));
  const { x, y } = await loadDataset(dataset);
  return { x: x as Float32Array, y: y as Int32Array };
}

/** What a run scores nodes on: `perClass` points a class, drawn with the seed of the run. */
export function referenceSamples(dataset: ToyName, perClass: number, seed: number): ToySamples {
  const { x, y } = drawToy(toySets[dataset], perClass * classesOf(dataset), seed);
  return { x: Float32Array.from(x), y };
}

/** 500 points of the next seed, moved by `sigma` times a normal number. */
export function noisySamples(dataset: ToyName, sigma: number, seed: number): ToySamples {
  const { x, y } = noisyToyTest(toySets[dataset], sigma, seed);
  return { x: x as Float32Array, y: y as Int32Array };
}

/** Samples one after the other. */
export const joined = (sets: readonly ToySamples[]): ToySamples => ({
  x: Float32Array.from(sets.flatMap(({ x }) => Array.from(x))),
  y: Int32Array.from(sets.flatMap(({ y }) => Array.from(y))),
});

/** Reads lines of `x0,x1,y` behind a line of headers. */
async function readToyCsv(path: string, classes: number): Promise<ToySamples> {
  const rows: number[][] = [];
  try {
    for await (const line of createInterface(createReadStream(path))) {
      if (line !== '') rows.push(line.split(',').map(Number));
    }
  } catch (cause) {
    throw unreadable(path, cause as NodeJS.ErrnoException);
  }
  const points = rows.slice(1);
  const wrong = points.findIndex(
    (row) =>
      row.length !== 3 || !row.every(Number.isFinite) || !Number.isInteger(row[2]) || row[2]! < 0 || row[2]! >= classes,
  );
  if (points.length === 0 || wrong >= 0) {
    const where = points.length === 0 ? 'it has no samples' : `line ${wrong + 2} is no sample`;
    throw new SecateurError('ERR_DATA', `${path}: ${where}`, {
      hint: `a line of headers, then lines of x0,x1,y with y from 0 to ${classes - 1}`,
    });
  }
  return {
    x: Float32Array.from(points.flatMap(([x0, x1]) => [x0!, x1!])),
    y: Int32Array.from(points, ([, , y]) => y!),
  };
}
