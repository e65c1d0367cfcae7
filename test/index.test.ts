import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import * as library from '../src/index.js';
import { temporaryFolder } from './support/cli.js';

// What TypeScript does not let through, plain JavaScript hands over.
// biome-ignore lint/suspicious/noExplicitAny: any value may come from JavaScript
type Untyped = (...args: any[]) => any;
const untyped = library as unknown as Record<string, Untyped>;
const { ablate, createPlan, denseNetwork, evaluate, initialize, saveModel, scores } = untyped;
const draft = denseNetwork!([4], [5, 3], 3);
const network = initialize!(draft, { seed: 1 });
const data = { x: new Float32Array(40), y: new Int32Array(10) };

/** What a call comes to: a run is read to its end. */
async function outcomeOf(call: () => unknown): Promise<unknown> {
  try {
    const done = (await call()) as { collect?: () => unknown; result?: () => unknown } | undefined;
    await (done?.collect?.() ?? done?.result?.());
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('called from JavaScript', () => {
  test.each<[what: string, call: () => unknown, hint: RegExp | undefined]>([
    ['ablate without a network', () => ablate!(null, data).collect(), /loadModel/],
    ['ablate with a network without weights', () => ablate!(draft, data).collect(), /initialize/],
    ['ablate without samples', () => ablate!(network, null).collect(), undefined],
    ['ablate with one name', () => ablate!(network, data, { layers: 'dense_1' }).collect(), undefined],
    ['evaluate without samples', () => evaluate!(network, undefined), undefined],
    ['evaluate with a number for a signal', () => evaluate!(network, data, { signal: 3 }), undefined],
    ['scores without a network', () => scores!({}, data, { criterion: 'l1' }).collect(), /loadModel/],
    ['createPlan without nodes', () => createPlan!(network, null), /dense_1/],
    ['createPlan with a number for a list', () => createPlan!(network, { dense_1: 3 }), /dense_1/],
    ['saveModel without a network', () => saveModel!(undefined, 'model.onnx'), /loadModel/],
    ['saveModel without a path', () => saveModel!(network), undefined],
    ['loadModel with NUL in the path', () => untyped.loadModel!('model\0.onnx'), undefined],
    ['readNpz with a path for bytes', () => untyped.readNpz!('x'), undefined],
  ])('%s says what is wrong', async (_what, call, hint) => {
    const error = await outcomeOf(call);
    expect(error).toBeInstanceOf(library.SecateurError);
    expect(error).toMatchObject({ code: 'ERR_ARGUMENT', message: expect.stringContaining('expected') });
    if (hint) expect((error as library.SecateurError).hint).toMatch(hint);
  });
});

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const reference = { engine: 'reference' };
const title = { title: 'title', legend: 'legend', tolerances: library.defaultTolerances, unit: 'nats' };

const svg = '<svg xmlns="http://www.w3.org/2000/svg"/>';

/** Calls that work, of exported functions that take no network. */
const plainCalls = (): Record<string, readonly unknown[]> => ({
  ...{ amountAt: ['linear', 0, 0.5, 0.5], amountsOf: [{ schedule: 'linear', steps: 2, to: 0.5 }] },
  classify: [0, library.defaultTolerances],
  comparisonCsv: [[]],
  createNetwork: [draft],
  cutoffsOf: [[1], (point: number) => point < 2],
  denseNetwork: [[4], [5], 3],
  describe: [[1, 2]],
  ...{ expectPng: [{}], expectRoomFor: [at('x')], expectWritable: [at('x')] },
  ...{ formatCsv: [['a'], [[1]]], formatTable: [[{ header: 'a' }], [[1]]] },
  ...{ formatDuration: [1], formatIndices: [[0, 1]], formatNumber: [1], formatPercent: [0.5] },
  formatReport: [{ title: '', lead: '', facts: [], notes: [], tables: [], figures: [], data: null }],
  fromLayersModel: [{}, {}],
  initialize: [draft, { seed: 1 }],
  isPng: ['plot.png'],
  loadBackend: [{ backend: 'none' }],
  loadDataset: ['iris', { limit: 2 }],
  makeFolder: [at('folder')],
  measureLatency: [[network], { batch: 0 }],
  ...{ plotBands: [[], title], plotBoxes: [[], title], plotLines: [[], title], plotHeat: [[], title] },
  ...{ plotGraphs: [[], title], plotImages: [[], title], plotScatter: [[], title], plotRegions: [[], title] },
  ...{ plotChangeHistogram: [[], title], plotNodes: [[], title] },
  ...{ plotScatterMatrix: [{ rows: [], columns: [] }, title], plotTiles: [{ rows: [], columns: [] }, title] },
  removeEmptyFolders: [[at('folder')]],
  ...{ renderPng: [svg, { font: at('none') }], savePlot: [at('plot.svg'), svg, {}] },
  replayAdaptive: [
    new Float64Array(64),
    new Float64Array(64),
    { confidence: 0.9, seed: 0, tolerances: title.tolerances },
  ],
  runStudy: ['none', {}],
  saveStudy: [null, null, {}],
  studyDocument: [null],
  tensor: [[2], new Float32Array(2)],
  ...{ writeFileAtomic: [at('file'), ''], writeNpz: [[], {}] },
});

/** Of all others; some name what is not there, and end before they cost time. */
async function workingCalls(): Promise<Record<string, readonly unknown[]>> {
  const plan = createPlan!(network, { dense_1: [0] });
  const shrunk = library.shrinkNetwork(network, plan);
  const table = await library.scores(network, null, { criterion: 'l2' }).collect();
  const weights = await library.weightScores(network, null, { criterion: 'magnitude' });
  const npz = library.writeNpz([['x', { type: 'float32', shape: [1, 4], data: new Float32Array(4) }]]);
  await saveModel!(network, at('model.onnx'));
  writeFileSync(at('samples.npz'), npz);
  return {
    ...plainCalls(),
    ...{ ablate: [network, data, reference], predictAblation: [network, data, reference] },
    ablateCumulative: [network, data, [{ layer: 'dense_1', node: 0 }], reference],
    ablateGroups: [network, data, [[{ layer: 'dense_1', nodes: [0] }]], reference],
    ablatePairs: [network, data, { layer: 'dense_1', nodes: [0, 1], ...reference }],
    audit: [network, data, { criteria: ['l1'], ...reference }],
    certify: [network, plan, shrunk, reference],
    checkFile: [at('model.onnx'), network],
    checkPlan: [network, plan],
    ...{ composePlans: [plan, plan], diffPlans: [plan, plan], rebasePlan: [plan, network] },
    convert: [at('none.onnx'), at('other.onnx')],
    coupledNodes: [network],
    createPlan: [network, { dense_1: [0] }, {}],
    ...{ evaluate: [network, data, reference], predict: [network, data, reference] },
    expectHolds: [await library.certify(network, plan, shrunk, { engine: 'reference' })],
    ...{ filesOf: [at('model.onnx')], formatOf: [at('model.onnx')], modelBytes: [at('model.onnx')] },
    finetune: [network, plan, data, { backend: 'none' }],
    foldBatchNorm: [network],
    ...{ heldBy: [network, plan], maskNetwork: [network, plan], shrinkNetwork: [network, plan] },
    ...{ hiddenLayers: [network], networkDigest: [network], outputNames: [network], summarize: [network] },
    ...{ invertPruning: [network, shrunk.network], undoPruning: [network, { type: 'secateur-undo', version: 1 }] },
    ...{ loadModel: [at('model.onnx')], loadNpz: [at('samples.npz'), {}], readRegularFile: [at('samples.npz'), 9] },
    maskWeights: [network, {}],
    nodeCount: [network.layers[1]],
    placeModel: [network, at('placed.pickle'), reference],
    propagate: [network, data, reference],
    prune: [network, null, { criterion: 'l2', amount: 0.5, ...reference }],
    readNpz: [npz, 'samples.npz', {}],
    saveModel: [network, at('saved.onnx')],
    savePruned: [at('pruned.pickle'), { original: network, network: shrunk.network, plan, certificate: {} }, {}],
    scores: [network, null, { criterion: 'l1' }],
    search: [network, data, { budgetParameters: 0.8, step: 0.5, ...reference }],
    selectNodes: [network, table.layers, { keep: 'high', amount: 0.5 }],
    selectWeights: [network, weights.kernels, { keep: 'high', amount: 0.5 }],
    sensitivity: [network, data, { amounts: [0.5], ...reference }],
    sharedWeights: [network],
    splitDataset: [
      { ...data, count: 10 },
      { share: 0.5, seed: 1 },
    ],
    sweep: [network, data, { amounts: [0.5], criteria: ['l1'], ...reference }],
    thresholdSweep: [network, data, { thresholds: [0.1], ...reference }],
    ...{ toLayersModel: [{}, network], trainNetwork: [network, data, { backend: 'none' }] },
    verify: [network, shrunk.network, plan, reference],
    weightScores: [network, null, { criterion: 'magnitude' }],
    withOutput: [network, 'none'],
  };
}

const junk = [undefined, null, 3, -1, Number.NaN, 'x', '', true, {}, [], () => 1, new Float32Array(0)];
const options = [
  'signal',
  'journal',
  'layers',
  'threads',
  'memory',
  'data',
  'seed',
  'criteria',
  'amounts',
  'loss',
  'cut',
];

/** The arguments with one of them, or one of the options at their end, replaced by each piece of junk. */
function* misused(args: readonly unknown[]): Generator<readonly unknown[]> {
  const last = args.at(-1);
  for (const value of junk) {
    for (const i of args.keys()) yield args.with(i, value);
    if (Object.getPrototypeOf(last ?? 0) !== Object.prototype) continue;
    for (const name of options) yield args.with(-1, { ...(last as object), [name]: value });
  }
}

describe('every exported function', () => {
  let calls: Record<string, readonly unknown[]>;
  beforeAll(async () => {
    calls = await workingCalls();
  });

  const names = Object.keys(library).filter((name) => typeof untyped[name] === 'function');
  const passing = ['SecateurError', 'dataFolders', 'engineInfo'];

  test.each(
    names.filter((name) => !passing.includes(name)),
  )('%s tells wrong arguments by a SecateurError', async (name) => {
    const args = name.startsWith('tabulate') ? [{}] : calls[name];
    expect(args, `a call of ${name} in workingCalls`).toBeDefined();
    const untold: unknown[] = [];
    for (const wrong of misused(args!)) {
      const error = await outcomeOf(() => untyped[name]!(...wrong));
      if (error !== undefined && !(error instanceof library.SecateurError)) untold.push([wrong, error]);
    }
    expect(untold).toEqual([]);
  });
});
