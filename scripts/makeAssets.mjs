// Makes the embedded files of assets/ from what others published. The same input gives the same bytes.
//   npm run build && node scripts/makeAssets.mjs datasets FOLDER/sklearn/datasets/data
// where FOLDER is an unpacked scikit-learn wheel, and
//   node scripts/makeAssets.mjs lrp-toy FOLDER
// where FOLDER has the tables accuracy.csv and rank_by_criterion.csv of the logs of the toy pruning study.
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { writeNpz } from '../dist/tensor/npz.js';

const sizes = [1, 2, 5, 10, 20, 50, 100, 200];
const criteria = ['lrp', 'taylor', 'grad', 'weight'];
/** Training samples do not depend on the noise of the test, and only the log of 0.3 has two samples a class. */
const logs = ['0', '0.3', '0.1', '0.01'];

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
  const [accuracy, ranks] = ['accuracy.csv', 'rank_by_criterion.csv'].map(parseTable);
  const numbers = {
    source:
      'Logs and rank tables published with Yeom et al., Pruning by Explaining (github.com/seulkiyeom/LRP_Pruning_toy_example): mean and population standard deviation over 50 seeds, in percent, of one network a data set; tests by sigma of the noise; agreement of rankings of different seeds. null: not at hand.',
    sizes,
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
    agreement: byName(criteria.slice(0, 3), (criterion) => {
      const rows = rowsWith(ranks, { case: '1', dataset, criterion_a: criterion });
      const at = (n) => rows.find((row) => Number(row.n_per_class) === n);
      const means = (name) => sizes.map((n) => (at(n) === undefined ? null : Number(at(n)[`${name}_mean`])));
      return byName(['spearman', 'kendalltau', 'first-1000', 'last-1000'], means);
    }),
  };
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
