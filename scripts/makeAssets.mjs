// Makes the embedded datasets of assets/ from scikit-learn's copies of them:
//   npm run build && node scripts/makeAssets.mjs FOLDER/sklearn/datasets/data
// where FOLDER is an unpacked scikit-learn wheel. The same input gives the same bytes.
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { writeNpz } from '../dist/tensor/npz.js';

const source = process.argv[2];
if (source === undefined) throw new Error('name the folder that has iris.csv and digits.csv.gz');

function parseRows(text) {
  return text
    .trim()
    .split('\n')
    .map((line) => line.split(',').map(Number));
}

function save(name, x, y) {
  const target = new URL(`../assets/${name}.npz`, import.meta.url);
  writeFileSync(target, writeNpz(Object.entries({ x, y })));
}

/** Inputs in row-major order; the last column of every row is its class. */
function columns(rows) {
  return { inputs: rows.flatMap((row) => row.slice(0, -1)), classes: rows.map((row) => row.at(-1)) };
}

const iris = columns(parseRows(readFileSync(`${source}/iris.csv`, 'utf8')).slice(1));
save(
  'iris',
  { type: 'float32', shape: [150, 4], data: Float32Array.from(iris.inputs) },
  { type: 'uint8', shape: [150], data: Uint8Array.from(iris.classes) },
);

const digits = columns(parseRows(gunzipSync(readFileSync(`${source}/digits.csv.gz`)).toString()));
save(
  'digits',
  { type: 'uint8', shape: [1797, 8, 8, 1], data: Uint8Array.from(digits.inputs) },
  { type: 'uint8', shape: [1797], data: Uint8Array.from(digits.classes) },
);
