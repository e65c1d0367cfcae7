import { type LabelledData, loadDataset } from '../data/index.js';
import { createNetwork, type LayerSpec, type Network } from '../network/index.js';
import { cutoffsOf, thresholdSweep } from '../recipes/index.js';
import { tensor } from '../tensor/tensor.js';
import { trainNetwork } from '../training/index.js';
import { createRandom, type Random } from '../util/random.js';
import { type ComparedCell, compare, type PublishedNumber } from './compare.js';
import { describeTable } from './describeTable.js';
import { flowersMatrix, flowersPlot, networkFigures } from './irisFigures.js';
import { readPublished } from './published.js';
import { type DoneTrial, defineStudy, type StudyFile, type StudyTable, type TrialContext } from './study.js';

const classes = 2;
const widths = [4, 5, 3, 1] as const;
const epochs = 1000;
const thresholds = 1000;
/** A uniform draw above it puts a sample among those that are learnt from. */
const heldShare = 0.3;
/** Average precision above which a network counts as knowing the classes. */
const good = 0.9;
/** Of the kernels that are cut: the last one and the biases stay. */
const cutLayers = ['dense_1', 'dense_2'] as const;

type Trial = { readonly seed: number };

/** A threshold, and how many weights it takes. */
type Cutoff = { readonly threshold: number; readonly zeros: number };

type Outcome = {
  /** Average precision before any cut. */
  readonly before: number;
  /** Mean training loss by epoch. */
  readonly losses: readonly number[];
  readonly precisions: readonly number[];
  readonly zeros: readonly number[];
  /** As reported: at the number of thresholds that are good. Null if all are. */
  readonly reported: Cutoff | null;
  /** At the first threshold that is not good. */
  readonly firstFall: Cutoff | null;
  readonly largest: number;
  /** By layer, the trained weights from each node below to each node above; null in journals from before they were drawn. */
  readonly kernels: readonly (readonly (readonly number[])[])[] | null;
};

/** Weight thresholding on Iris: how many weights of a tiny network can go before it forgets. */
export const irisThreshold = defineStudy<Trial, Outcome>({
  title: 'Weight thresholding on Iris',
  summary: 'how far the weights of a 4-5-3-1 network can be cut by magnitude before it forgets two classes of Iris',
  source: 'published notebook',
  options: {},
  trials: ({ trials, quick, seed }) =>
    Array.from({ length: trials ?? (quick ? 10 : 100) }, (_, i) => ({ seed: seed + i })),
  label: ({ seed }) => `seed ${seed}`,
  run: runTrial,
  publish: async (done) => {
    const published = await readPublished<PublishedNumbers>('iris-threshold');
    const learnt = done.filter(({ outcome }) => outcome.before > good);
    const fell = learnt.filter(({ outcome }) => outcome.reported !== null);
    const example = fell[0];
    return {
      tables: [trialTable(done), ...(fell.length > 0 ? [summaryTable(fell)] : [])],
      cells: fell.length > 0 ? comparedCells(fell, published) : [],
      files: example ? await figures(example) : [],
      notes: [
        `${done.length - learnt.length} of ${done.length} networks never learnt, ${learnt.length - fell.length} never fell`,
        ...percentiles(fell, published),
      ],
    };
  },
});

async function runTrial({ seed }: Trial, { signal, tell }: TrialContext): Promise<Outcome> {
  const { learnt, held } = await splitIris(seed);
  const count = learnt.y.length;
  const training = trainNetwork(untrained(createRandom(seed)), learnt, {
    epochs,
    batch: count,
    shuffle: false,
    optimizer: 'nesterov',
    learningRate: 0.001,
    momentum: 0.9,
    l2: 0.1 / count,
    ...(signal === undefined ? {} : { signal }),
  });
  for await (const event of training) if (event.type === 'progress') tell('training', event.done / event.of);
  const { network, history } = await training.result();
  const { points } = await thresholdSweep(network, held, { layers: cutLayers, thresholds }).collect();
  const precisions = points.map(({ averagePrecision }) => averagePrecision!);
  const { counted, firstFall } = cutoffsOf(points, ({ averagePrecision }) => averagePrecision! > good);
  return {
    precisions,
    zeros: points.map(({ zeros }) => zeros),
    largest: points.at(-1)!.threshold,
    before: precisions[0]!,
    losses: history.map(({ loss }) => loss),
    reported: counted && cutoffOf(counted),
    firstFall: firstFall && cutoffOf(firstFall),
    kernels: kernelsOf(network),
  };
}

const cutoffOf = ({ threshold, zeros }: Cutoff): Cutoff => ({ threshold, zeros });

const kernelsOf = ({ layers }: Network): number[][][] =>
  layers.flatMap(({ weights: { kernel } }) => {
    if (kernel === undefined) return [];
    const [inputs = 0, units = 0] = kernel.shape;
    const rowAt = (i: number): number[] => Array.from(kernel.data.subarray(i * units, (i + 1) * units));
    return [Array.from({ length: inputs }, (_, i) => rowAt(i))];
  });

type Flowers = LabelledData & { readonly x: Float32Array; readonly y: Float32Array };

/** The first two classes of Iris, each flower on the side that its uniform draw says. */
async function splitIris(seed: number): Promise<{ learnt: Flowers; held: Flowers }> {
  const { rows, labels } = await twoClasses();
  const random = createRandom(seed);
  const draws = labels.map(() => random.uniform());
  const side = (learn: boolean): Flowers => {
    const places = [...draws.keys()].filter((i) => draws[i]! > heldShare === learn);
    return {
      x: Float32Array.from(places.flatMap((i) => rows[i]!)),
      y: Float32Array.from(places, (i) => labels[i]!),
    };
  };
  return { learnt: side(true), held: side(false) };
}

const perClass = 50;

/** The flowers in the order in which Iris is published: the test split has every fifth of a class. */
async function twoClasses(): Promise<{ rows: number[][]; labels: number[] }> {
  const splits = [await loadDataset('iris'), await loadDataset('iris', { split: 'test' })] as const;
  const [features] = widths;
  const ofClass = splits.map(({ x, y }) => (label: number, i: number): number[] => {
    const row = y.indexOf(label) + i;
    return Array.from(x.subarray(row * features, (row + 1) * features));
  });
  const labels = Array.from({ length: classes * perClass }, (_, i) => Math.floor(i / perClass));
  const rows = labels.map((label, i) => {
    const [group, place] = [Math.floor((i % perClass) / 5), i % 5];
    return place === 4 ? ofClass[1]!(label, group) : ofClass[0]!(label, 4 * group + place);
  });
  return { rows, labels };
}

/** A start as scikit-learn draws it: Glorot-uniform, biases too, layer after layer. */
function untrained(random: Random): Network {
  const layers = widths.slice(1).flatMap((units, i): LayerSpec[] => {
    const inputs = widths[i]!;
    const limit = Math.sqrt(6 / (inputs + units));
    const drawn = (length: number): Float32Array =>
      Float32Array.from({ length }, () => -limit + 2 * limit * random.uniform());
    const weights = { kernel: tensor([inputs, units], drawn(inputs * units)), bias: tensor([units], drawn(units)) };
    const last = i === widths.length - 2;
    const name = last ? 'output' : `dense_${i + 1}`;
    const fn = last ? 'sigmoid' : 'relu';
    return [
      { name, kind: 'dense', config: { units }, weights },
      { name: `${name}/activation`, kind: 'activation', config: { fn } },
    ];
  });
  const input: LayerSpec = { name: 'input', kind: 'input', config: { shape: [widths[0]] } };
  return createNetwork({ layers: [input, ...layers], loss: 'binary-crossentropy' });
}

const thresholdAt = (largest: number, i: number): number => (largest * i) / (thresholds - 1);

type Done = DoneTrial<Trial, Outcome>;

const trialTable = (done: readonly Done[]): StudyTable => ({
  name: 'networks',
  title: 'Networks: average precision before, cutoff and weights gone, as reported and at the first fall',
  headers: ['seed', 'before', 'cutoff', 'weights gone', 'first fall', 'weights gone there'],
  rows: done.map(({ trial, outcome: { before, reported, firstFall } }) => [
    String(trial.seed),
    before,
    reported?.threshold ?? null,
    reported?.zeros ?? null,
    firstFall?.threshold ?? null,
    firstFall?.zeros ?? null,
  ]),
});

const measures = { cutoff: 'threshold', 'weights gone': 'zeros' } as const;
type Measure = keyof typeof measures;
const measureNames = Object.keys(measures) as Measure[];

const valuesOf = (fell: readonly Done[], measure: Measure): number[] =>
  fell.flatMap(({ outcome: { reported } }) => (reported === null ? [] : [reported[measures[measure]]]));

const summaryTable = (fell: readonly Done[]): StudyTable =>
  describeTable(
    'summary',
    'Networks that learnt and fell',
    Object.fromEntries(measureNames.map((name) => [name, valuesOf(fell, name)])),
  );

type PublishedNumbers = Readonly<Record<Measure, PublishedNumber>>;

const comparedCells = (fell: readonly Done[], published: PublishedNumbers): ComparedCell[] =>
  measureNames.map((name) =>
    compare({ table: 'one published run', row: 'reported', column: name }, published[name], valuesOf(fell, name)),
  );

/** Where the one published run stands among ours. */
function percentiles(fell: readonly Done[], published: PublishedNumbers): string[] {
  return measureNames.map((name) => {
    const values = valuesOf(fell, name);
    const below = values.filter((value) => value < published[name].mean).length;
    const share =
      values.length === 0 ? 'nothing to compare' : `${Math.round((100 * below) / values.length)} % of ours are below`;
    return `published ${name} ${published[name].mean}: ${share}`;
  });
}

/** What can be seen of the data, and of one network. */
async function figures({ trial: { seed }, outcome }: Done): Promise<StudyFile[]> {
  const { losses, precisions, zeros, largest, reported, kernels } = outcome;
  const { rows, labels } = await twoClasses();
  const drawn = { seed, losses, precisions, zeros, kernels: kernels ?? [], cutoff: reported?.threshold ?? null };
  const cut = { kernels: cutLayers.length, weights: widths[0] * widths[1] + widths[1] * widths[2] };
  const thresholds = (i: number): number => thresholdAt(largest, i);
  return [
    flowersPlot(rows, labels),
    flowersMatrix(rows, labels),
    ...networkFigures({ ...drawn, cut, thresholdAt: thresholds }),
  ];
}
