// Every row of every table has a test, a line in the docs, and a bench or a reason to have none. A test or bench has a row
// if it names it, or walks over the whole table by the name of the list.

import { commands } from '../../dist/cli/commands/index.js';
import { criterionNames } from '../../dist/criteria/index.js';
import { datasetNames } from '../../dist/data/index.js';
import { formats } from '../../dist/formats/index.js';
import { operators } from '../../dist/formats/onnx/read/operators/index.js';
import * as library from '../../dist/index.js';
import {
  backendNames,
  colourMaps,
  cutPoints,
  errorCodes,
  normalizations,
  optimizerNames,
  places,
  presets,
  rateScheduleNames,
  reductions,
  scheduleNames,
  starts,
  studyNames,
} from '../../dist/index.js';
import { losses } from '../../dist/metrics/index.js';
import { activationNames, layerKinds } from '../../dist/network/index.js';
import { compositeNames, conventionNames, ruleNames } from '../../dist/propagation/index.js';
import { filesLike, read } from './tree.mjs';

/** The members of the table of kernels, as the header lists them. */
const kernels = [...read('native/kernels/kernels.h').matchAll(/^ {2}\S.*?\b(\w+)(?:\)\(.*)?;/gm)]
  .map(([, name]) => name)
  .filter((name) => name !== 'panel');
const strategies = [...read('native/engine/strategy.cc').matchAll(/\brow<(\w+)>/g)].map(([, name]) => name);

const passes = 'a small part of the passes that benches ablation, forward and propagation time';

/**
 * `tests`, `docs` and `benches` are folders or files. `walked` is the name of the list that tests walk over. Without
 * `benches` there is `why`: what is timed instead, or why nothing is; `reasons` say it of single rows.
 */
const tables = {
  'layer kinds': {
    rows: layerKinds,
    tests: 'test/conformance/',
    walked: 'layerKinds',
    docs: 'docs/models.md',
    why: 'whole networks are timed (forward, ablation); a kind by itself says nothing',
  },
  activations: {
    rows: activationNames,
    tests: 'test/engine/',
    walked: 'activationNames',
    docs: 'docs/models.md',
    why: 'pointwise functions are timed by the bench of kernels',
  },
  'cut points': {
    rows: cutPoints,
    tests: 'test/ablation/',
    walked: 'cutPoints',
    docs: 'docs/ablation.md',
    why: 'all cuts take the same steps; ablation times the default',
  },
  losses: {
    rows: Object.keys(losses),
    tests: 'test/ablation/',
    docs: 'docs/ablation.md',
    why: 'their kernels are timed (bench native)',
  },
  criteria: {
    rows: criterionNames,
    tests: 'test/criteria/',
    walked: 'criterionNames',
    docs: 'docs/criteria.md',
    why: 'audit and score tell the seconds of each on your own network',
  },
  normalizations: {
    rows: normalizations,
    tests: 'test/criteria/',
    walked: 'normalizations',
    docs: 'docs/criteria.md',
    why: 'one division a node',
  },
  reductions: {
    rows: reductions,
    tests: 'test/criteria/',
    walked: 'reductions',
    docs: 'docs/criteria.md',
    why: 'one number a weight',
  },
  places: {
    rows: places,
    tests: 'test/criteria/',
    walked: 'places',
    docs: 'docs/criteria.md',
    why: 'the same pass, read one layer earlier',
  },
  starts: {
    rows: starts,
    tests: 'test/',
    walked: 'starts',
    docs: 'docs/propagation.md',
    why: 'one row of numbers a sample',
  },
  rules: {
    rows: ruleNames,
    tests: 'test/conformance/',
    walked: 'ruleNames',
    docs: 'docs/propagation.md',
    why: 'made of the same passes; bench propagation times the default',
  },
  composites: {
    rows: compositeNames,
    tests: 'test/propagation/',
    walked: 'compositeNames',
    docs: 'docs/propagation.md',
    why: 'rules by layer',
  },
  conventions: {
    rows: conventionNames,
    tests: 'test/propagation/',
    walked: 'conventionNames',
    docs: 'docs/propagation.md',
    why: 'settings of rules',
  },
  'pruning schedules': {
    rows: scheduleNames,
    tests: 'test/pruning/',
    walked: 'scheduleNames',
    docs: 'docs/pruning.md',
    why: 'shares of a step',
  },
  'model formats': {
    rows: Object.keys(formats),
    tests: 'test/',
    docs: 'docs/models.md',
    why: 'limited by the disk',
  },
  'ONNX operators': {
    rows: [...operators.keys()],
    tests: 'test/formats/onnx/',
    docs: 'docs/models.md',
    why: 'read once, into layers',
  },
  datasets: {
    rows: datasetNames,
    tests: 'test/data/',
    walked: 'datasetNames',
    docs: 'docs/data.md',
    why: 'limited by disk and net',
  },
  presets: {
    rows: Object.keys(presets),
    tests: 'test/',
    docs: 'docs/training.md',
    benches: 'bench/networks.ts',
  },
  optimizers: {
    rows: optimizerNames,
    tests: 'test/training/',
    walked: 'optimizerNames',
    docs: 'docs/training.md',
    why: 'bench training times the default; the others take fewer operations',
  },
  'rate schedules': {
    rows: rateScheduleNames,
    tests: 'test/training/',
    walked: 'rateScheduleNames',
    docs: 'docs/training.md',
    why: 'one number a step',
  },
  backends: {
    rows: backendNames,
    tests: 'test/support/tfjsBackend.ts',
    walked: 'backendNames',
    docs: 'docs/training.md',
    why: 'not ours; bench training times the one that is here',
  },
  studies: {
    rows: studyNames,
    tests: 'test/studies/',
    walked: 'studyNames',
    docs: 'docs/studies.md',
    why: 'each tells its seconds; trials are training',
  },
  plots: {
    rows: Object.keys(library).filter((name) => /^plot[A-Z]/.test(name)),
    tests: 'test/report/',
    docs: 'docs/reports.md',
    why: 'drawn once, from numbers that took longer',
  },
  'colour maps': {
    rows: colourMaps,
    tests: 'test/report/',
    walked: 'colourMaps',
    docs: 'docs/cli.md',
    why: 'five lists of colours',
  },
  commands: {
    rows: Object.keys(commands),
    tests: 'test/cli/',
    walked: 'commands',
    docs: 'docs/cli.md',
    why: 'thin shells around the library',
  },
  'error codes': {
    rows: errorCodes,
    tests: 'test/',
    walked: 'errorCodes',
    docs: 'docs/cli.md',
    why: 'nothing to time',
  },
  strategies: {
    rows: strategies,
    tests: 'test/native/engine_test.cc',
    walked: 'random_network',
    docs: 'docs/performance.md',
    why: 'bench ablation times them in whole networks',
  },
  kernels: {
    rows: kernels,
    tests: 'test/native/',
    docs: 'native/kernels/',
    benches: 'bench/native/',
    reasons: [
      [
        /^(sized|slopes|sum_all|divide|weigh|\w+_(part|kept|times|tap|activations|back|gradient|outer|rows|windows))$/,
        passes,
      ],
      [/^(subtract|split_relu|find_changed|add_picked|product_cross_entropy|softmax|average_pool|turn)$/, passes],
      [/^weighted_squares$/, 'bench criteria times it: what fisher adds to a gradient'],
    ],
  },
};

const textOf = (place) =>
  filesLike(/./)
    .filter((path) => path.startsWith(place))
    .map(read)
    .join('\n');

const names = (text, word) => new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(text);

/** A list of names that users may choose from is a table, also if nobody thought of it here. */
function* listsWithoutTable() {
  const known = new Set(Object.values(tables).flatMap(({ rows }) => rows));
  for (const [name, list] of Object.entries(library)) {
    if (!Array.isArray(list) || !list.every((row) => typeof row === 'string')) continue;
    if (!list.every((row) => known.has(row)))
      yield `${name}: is exported, but is no table of scripts/conventions/rows.mjs`;
  }
}

export function* rowProblems() {
  yield* listsWithoutTable();
  for (const [table, { rows, tests, walked, docs, benches, why, reasons = [] }] of Object.entries(tables)) {
    const [tested, documented, benched] = [tests, docs, benches ?? 'bench/'].map(textOf);
    if (rows.length === 0) yield `${table}: there are no rows`;
    const walks = walked !== undefined && names(tested, walked);
    for (const row of rows) {
      if (!walks && !names(tested, row)) yield `${table}: ${row} has no test in ${tests}`;
      if (!names(documented, row)) yield `${table}: ${row} has no line in ${docs}`;
      const reason = why ?? reasons.find(([pattern]) => pattern.test(row));
      if (reason === undefined && !names(benched, row)) yield `${table}: ${row} has neither a bench nor a reason`;
    }
  }
}
