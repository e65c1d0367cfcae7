import { weightScores } from '../criteria/index.js';
import { type Dataset, loadDataset } from '../data/index.js';
import { evaluate } from '../engine/index.js';
import { denseNetwork, initialize, type Network, withWeights } from '../network/index.js';
import { maskWeights, selectWeights, type WeightsByLayer } from '../pruning/index.js';
import { type Line, plotImages, plotLines } from '../report/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { trainNetwork } from '../training/index.js';
import { createRandom, type Random } from '../util/random.js';
import { type ComparedCell, compare } from './compare.js';
import { readPublished } from './published.js';
import {
  type DoneTrial,
  defineStudy,
  type StudyFile,
  type StudySettings,
  type StudyTable,
  type TrialContext,
} from './study.js';

const sparsities = [0, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99] as const;

type Scale = { readonly dataset: 'mnist' | 'digits'; readonly hidden: readonly number[]; readonly epochs: number };
const published: Scale = { dataset: 'mnist', hidden: [1000, 1000, 500, 200], epochs: 5 };
const quick: Scale = { dataset: 'digits', hidden: [100, 100, 50, 20], epochs: 15 };

type Trial = Scale & { readonly seed: number };

/** After an epoch: means of that epoch alone, and on the test split. */
type Epoch = {
  readonly loss: number;
  readonly accuracy: number;
  readonly testLoss: number;
  readonly testAccuracy: number;
};

/** Test accuracy at each sparsity. */
type Curve = readonly number[];

/** A sample as the notebook shows it. */
type Picture = { readonly label: number; readonly values: readonly number[] };

type Outcome = {
  readonly epochs: readonly Epoch[];
  readonly weight: Curve;
  readonly unit: Curve;
  /** A random image of each class; null in journals from before they were drawn. */
  readonly pictures: readonly Picture[] | null;
};

/** Weight pruning against unit pruning: accuracy of a trained network at ten sparsities, without retraining. */
export const weightVsUnit = defineStudy<Trial, Outcome>({
  title: 'Weight pruning against unit pruning',
  summary: 'test accuracy against sparsity when single weights or whole units go',
  source: 'published notebook',
  options: {},
  trials: ({ trials, quick: small, seed }) =>
    Array.from({ length: trials ?? 1 }, (_, i) => ({ ...(small ? quick : published), seed: seed + i })),
  label: ({ dataset, hidden, seed }) => `${hidden.join('-')} on ${dataset}, seed ${seed}`,
  run: runTrial,
  publish: async (done, settings) => {
    const { epochs } = await readPublished<{ epochs: readonly PublishedEpoch[] }>('weight-vs-unit');
    return {
      tables: [...done.map((trial, i) => trainingTable(trial, i, settings)), curvesTable(done)],
      cells: done[0]?.trial.dataset === 'mnist' ? comparedCells(done, epochs) : [],
      files: [{ name: 'accuracy-sparsity.svg', content: curvesPlot(done) }, ...picturesFile(done)],
      notes: [
        ...(done.length > 1 ? findings(`mean of ${done.length} networks`, curvesOf(done)) : []),
        ...done.flatMap(({ trial: { seed }, outcome }) => findings(`seed ${seed}`, outcome)),
      ],
    };
  },
});

async function runTrial({ dataset, hidden, epochs, seed }: Trial, { signal, tell }: TrialContext): Promise<Outcome> {
  const stop = signal === undefined ? {} : { signal };
  const train = await loadDataset(dataset, stop);
  const test = await loadDataset(dataset, { ...stop, split: 'test' });
  const pictures = pictureEach(train, createRandom(seed));
  const start = withoutBiases(initialize(scoring(train, hidden), { seed }));
  const training = trainNetwork(start, train, { seed, epochs, validation: test, ...stop });
  for await (const event of training) if (event.type === 'progress') tell('training', event.done / event.of);
  const { network, history } = await training.result();
  const curve = async (masks: (share: number) => Promise<WeightsByLayer> | WeightsByLayer): Promise<Curve> => {
    const accuracies: number[] = [];
    for (const share of sparsities) {
      const { accuracy } = await evaluate(maskWeights(network, await masks(share)), test, stop);
      accuracies.push(accuracy ?? Number.NaN);
    }
    return accuracies;
  };
  return {
    epochs: history.map(({ loss, accuracy, valLoss, valAccuracy }) => ({
      loss,
      accuracy: accuracy ?? Number.NaN,
      testLoss: valLoss ?? Number.NaN,
      testAccuracy: valAccuracy ?? Number.NaN,
    })),
    weight: await curve((share) => smallestWeights(network, share)),
    unit: await curve((share) => smallestUnits(network, share)),
    pictures,
  };
}

function pictureEach({ x, y, classes, count }: Dataset, random: Random): Picture[] {
  const width = x.length / count;
  return Array.from({ length: classes ?? 0 }, (_, label) => {
    const own = [...y.keys()].filter((i) => y[i] === label);
    const chosen = own[Math.floor(random.uniform() * own.length)]!;
    return { label, values: Array.from(x.subarray(chosen * width, (chosen + 1) * width)) };
  });
}

/** Dense relu layers up to logits, which the loss turns into probabilities itself. */
function scoring({ shape, classes }: Dataset, hidden: readonly number[]): ReturnType<typeof denseNetwork> {
  const spec = denseNetwork(shape, hidden, classes ?? 1);
  return { ...spec, layers: spec.layers.slice(0, -1) };
}

function withoutBiases(network: Network): Network {
  const kept = network.layers.flatMap(({ id, weights }) => {
    return weights.kernel === undefined ? [] : [[id, { kernel: weights.kernel }] as const];
  });
  return withWeights(network, new Map(kept));
}

/** The kernels that are pruned: all but the last. */
function prunedKernels({ layers }: Network): { readonly layer: string; readonly kernel: Tensor }[] {
  const kernels = layers.flatMap(({ name, weights: { kernel } }) => (kernel ? [{ layer: name, kernel }] : []));
  return kernels.slice(0, -1);
}

/** The `floor(share * size)` weights smallest in magnitude, in each kernel. */
async function smallestWeights(network: Network, share: number): Promise<WeightsByLayer> {
  const { kernels } = await weightScores(network, null, { criterion: 'magnitude' });
  const pruned = new Set(prunedKernels(network).map(({ layer }) => layer));
  const masks = kernels
    .filter(({ layer }) => pruned.has(layer))
    .map((scores) => {
      const amount = Math.floor(share * scores.scores.length);
      return selectWeights(network, [scores], { keep: 'high', amount, minimum: 0 });
    });
  return Object.assign({}, ...masks);
}

/** The `floor(share * units)` columns smallest in L2 norm, in each kernel; ties: the lower index goes first. */
function smallestUnits(network: Network, share: number): WeightsByLayer {
  const masks = prunedKernels(network).map(({ layer, kernel: { shape, data } }) => {
    const units = shape.at(-1) ?? 0;
    const squares = new Float64Array(units);
    for (let i = 0; i < data.length; i++) squares[i % units]! += data[i]! ** 2;
    const order = [...squares.keys()].sort((a, b) => squares[a]! - squares[b]! || a - b);
    const gone = new Set(order.slice(0, Math.floor(share * units)));
    return [layer, Uint8Array.from(data, (_, i) => Number(gone.has(i % units)))] as const;
  });
  return Object.fromEntries(masks);
}

/** Means since the first epoch, as the notebook never resets its own. */
const running = (epochs: readonly Epoch[], upTo: number, key: keyof Epoch): number =>
  epochs.slice(0, upTo).reduce((sum, epoch) => sum + epoch[key], 0) / upTo;

const measures = ['loss', 'accuracy', 'testLoss', 'testAccuracy'] as const satisfies readonly (keyof Epoch)[];

function trainingTable(
  { trial, outcome: { epochs } }: DoneTrial<Trial, Outcome>,
  index: number,
  { asPublished }: StudySettings,
): StudyTable {
  const headers = ['epoch', ...measures, ...(asPublished ? measures.map((name) => `running ${name}`) : [])];
  const rows = epochs.map((epoch, i) => [
    String(i + 1),
    ...measures.map((name) => epoch[name]),
    ...(asPublished ? measures.map((name) => running(epochs, i + 1, name)) : []),
  ]);
  return { name: `training-${index}`, title: `Training of seed ${trial.seed}`, headers, rows };
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

type Curves = Pick<Outcome, 'weight' | 'unit'>;

/** The means of the trials' accuracies at each sparsity. */
function curvesOf(done: readonly DoneTrial<Trial, Outcome>[]): Curves {
  const mean = (method: keyof Curves): Curve =>
    sparsities.map((_, i) => done.reduce((sum, { outcome }) => sum + (outcome[method][i] ?? 0), 0) / done.length);
  return { weight: mean('weight'), unit: mean('unit') };
}

function curvesTable(done: readonly DoneTrial<Trial, Outcome>[]): StudyTable {
  const { weight, unit } = curvesOf(done);
  return {
    name: 'accuracy-sparsity',
    title: 'Test accuracy by sparsity',
    headers: ['sparsity', 'weight pruning', 'unit pruning'],
    rows: sparsities.map((share, i) => [percent(share), weight[i] ?? null, unit[i] ?? null]),
  };
}

function curvesPlot(done: readonly DoneTrial<Trial, Outcome>[]): string {
  const line = (name: string, curve: Curve): Line => ({
    name,
    points: sparsities.map((x, i) => ({ x, y: curve[i] ?? null })),
  });
  const { weight, unit } = curvesOf(done);
  const networks = done.length > 1 ? [`mean of ${done.length} networks`] : [];
  return plotLines([line('weight pruning', weight), line('unit pruning', unit)], {
    title: 'Accuracy against sparsity',
    subtitles: [
      done[0] ? `${done[0].trial.hidden.join('-')} on ${done[0].trial.dataset}, test split` : '',
      ...networks,
    ],
    x: { label: 'share that is zero', format: 'percent' },
    y: { label: 'test accuracy', format: 'percent' },
  });
}

/** The pictures of the first trial. */
function picturesFile([first]: readonly DoneTrial<Trial, Outcome>[]): StudyFile[] {
  const pictures = first?.outcome.pictures ?? [];
  if (first === undefined || pictures.length === 0) return [];
  const { dataset, seed } = first.trial;
  const side = Math.sqrt(pictures[0]?.values.length ?? 0);
  const images = pictures.map(({ label, values }) => ({ says: String(label), width: side, height: side, values }));
  const subtitles = [`${dataset}, drawn with seed ${seed}`];
  return [{ name: 'images.svg', content: plotImages(images, { title: 'One image of each class', subtitles }) }];
}

type PublishedEpoch = Epoch & { readonly epoch: number };

/** How far the accuracy of the last epoch may lie from the published one. */
const intactBand = 0.005;

function comparedCells(done: readonly DoneTrial<Trial, Outcome>[], epochs: readonly PublishedEpoch[]): ComparedCell[] {
  const ours = (value: (epochs: readonly Epoch[]) => number): number[] =>
    done.map(({ outcome }) => value(outcome.epochs));
  const printed = epochs.flatMap((epoch) =>
    measures.map((name) =>
      compare(
        { table: 'means since the first batch', row: `epoch ${epoch.epoch}`, column: name },
        { mean: epoch[name], std: null, trials: 1 },
        ours((all) => running(all, epoch.epoch, name)),
      ),
    ),
  );
  const last = epochs.length;
  // The published means differ by what the last epoch added to them.
  const told = (name: keyof Epoch): number =>
    last * (epochs[last - 1]?.[name] ?? 0) - (last - 1) * (epochs[last - 2]?.[name] ?? 0);
  const intact = compare(
    { table: `epoch ${last} alone`, row: 'intact', column: 'testAccuracy' },
    { mean: told('testAccuracy'), std: null, trials: 1, band: intactBand },
    ours((all) => all[last - 1]?.testAccuracy ?? Number.NaN),
  );
  return [...printed, intact];
}

/** What was found by eye when it was published, as statements that hold or do not. */
function findings(whose: string, { weight, unit }: Curves): string[] {
  const intact = weight[0] ?? 0;
  const upTo60 = sparsities.flatMap((share, i) => (share <= 0.6 ? [weight[i] ?? 0, unit[i] ?? 0] : []));
  const lost = Math.max(...upTo60.map((accuracy) => intact - accuracy));
  const from80 = sparsities.flatMap((share, i) => (share >= 0.8 ? [(weight[i] ?? 0) >= (unit[i] ?? 0)] : []));
  const says = (claim: string, holds: boolean): string => `${whose}: ${claim}: ${holds ? 'holds' : 'does not hold'}`;
  return [
    says(
      `up to 60 % both curves stay within one point of the intact accuracy (${(100 * lost).toFixed(2)} are lost at most)`,
      lost <= 0.01,
    ),
    says('from 80 % on weight pruning is at least as good as unit pruning', from80.every(Boolean)),
  ];
}
