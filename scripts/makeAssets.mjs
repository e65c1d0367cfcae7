// Makes the embedded files of assets/ from what others published. The same input gives the same bytes.
//   npm run build && node scripts/makeAssets.mjs datasets FOLDER/sklearn/datasets/data
// where FOLDER is an unpacked scikit-learn wheel, and
//   node scripts/makeAssets.mjs lrp-toy FOLDER
// where FOLDER has the tables accuracy.csv, rank_by_criterion.csv and rank_by_sample_size.csv of the toy pruning study.
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { writeNpz } from '../dist/tensor/npz.js';

const sizes = [1, 2, 5, 10, 20, 50, 100, 200];
const criteria = ['lrp', 'taylor', 'grad', 'weight'];
/** Training samples do not depend on the noise of the test, and only the log of 0.3 has two samples a class. */
const logs = ['0', '0.3', '0.1', '0.01'];
const statistics = [
  ...['spearman', 'kendalltau'],
  ...[125, 250, 500, 1000].flatMap((k) => [`first-${k}`, `last-${k}`]),
];

const byName = (names, value) => Object.fromEntries(names.map((name) => [name, value(name)]));
const rowsWith = (rows, wanted) =>
  rows.filter((row) => Object.entries(wanted).every(([key, value]) => row[key] === value));

const makers = { datasets: makeDatasets, 'lrp-toy': makeToyNumbers };
const [what, source] = process.argv.slice(2);
if (makers[what] === undefined || source === undefined)
  throw new Error(`name one of ${Object.keys(makers)} and a folder`);
makers[what]();

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

function makeDatasets() {
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
}

/** Means and standard deviations over 50 seeds, in percent; null where the tables have no row. */
function makeToyNumbers() {
  const [accuracy, byCriterion, bySize] = ['accuracy.csv', 'rank_by_criterion.csv', 'rank_by_sample_size.csv'].map(
    parseTable,
  );
  const ranks = [...byCriterion.map(sameSize), ...bySize.map(sameCriterion)].filter(({ row }) => !isTrivial(row));
  const numbers = {
    source:
      'Logs and rank tables published with Yeom et al., Pruning by Explaining (github.com/seulkiyeom/LRP_Pruning_toy_example): mean and population standard deviation over 50 seeds, in percent, of one network a data set; tests by sigma of the noise; ranks: means of the statistics of pairs of rankings, in thousandths, by case and what is compared (two criteria at each size, or a criterion at one size and at each other). null: not at hand.',
    sizes,
    statistics,
    datasets: Object.fromEntries(['moon', 'circle', 'mult'].map((name) => [name, toyNumbers(name, accuracy, ranks)])),
  };
  writeFileSync(new URL('../assets/studies/lrp-toy.json', import.meta.url), `${JSON.stringify(numbers)}\n`);
}

function toyNumbers(dataset, accuracy, ranks) {
  const curve = (sigmas, wanted) => toyCurve(rowsWith(accuracy, { dataset, ...wanted }), sigmas);
  const trained = (criterion) => curve(logs, { criterion, scenario: 'train', stage: 'post' });
  return {
    intact: curve(logs, { scenario: 'train', stage: 'pre' })[0][0],
    train: byName(criteria, trained),
    tests: byName(logs, (sigma) => ({
      intact: curve([sigma], { scenario: 'test', stage: 'pre' }),
      ...byName(criteria, (criterion) => curve([sigma], { criterion, scenario: 'test', stage: 'post' })),
    })),
    ranks: toyRanks(ranks.filter(({ row }) => row.dataset === dataset)),
  };
}

/** Cases 1 to 3 compare two criteria at one size, 4 and 5 one criterion at two sizes. */
function sameSize(row) {
  return { row, ends: [row.criterion_a, row.criterion_b], size: row.n_per_class };
}

function sameCriterion(row) {
  return { row, ends: [row.criterion, row.n_per_class_a], size: row.n_per_class_b };
}

/** Rankings by weights are the same for all runs, and cases 2, 3 and 5 compare everything with itself too: all 1. */
function isTrivial({ case: which, criterion_a: a, criterion_b: b, criterion, n_per_class_a: n, n_per_class_b: m }) {
  const same = criterion === undefined ? a === b : n === m;
  return (same && !['1', '4'].includes(which)) || criterion === 'weight' || (a === 'weight' && same);
}

function toyRanks(ranks) {
  const keys = [...new Set(ranks.map(keyOf))];
  const valuesOf = (row) => statistics.map((name) => Math.round(1000 * Number(row[`${name}_mean`])));
  return byName(keys, (key) =>
    sizes.map((n) => {
      const found = ranks.find((one) => keyOf(one) === key && Number(one.size) === n);
      return found === undefined ? null : valuesOf(found.row);
    }),
  );
}

function keyOf({ row, ends }) {
  return [row.case, ...ends].join(' ');
}

/** By size, from the first of some logs that has it. */
function toyCurve(rows, sigmas) {
  return sizes.map((n) => {
    const ofSize = rows.filter((row) => Number(row.n_per_class) === n);
    const row = sigmas.map((sigma) => ofSize.find((one) => one.noise_sigma === sigma)).find((one) => one !== undefined);
    return row === undefined ? null : [row.mean, row.std].map((text) => Number(Number(text).toFixed(2)));
  });
}

/** Rows of a CSV by their headers. */
function parseTable(name) {
  const [headers, ...rows] = readFileSync(`${source}/${name}`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  return rows.map((row) => Object.fromEntries(row.map((value, i) => [headers[i], value])));
}
