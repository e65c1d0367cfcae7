import { type Dataset, loadDataset } from '../data/index.js';
import { evaluate, predict } from '../engine/index.js';
import { createNetwork, denseNetwork, initialize, type LayerSpec, layerAt, type Network } from '../network/index.js';
import { propagate } from '../propagation/index.js';
import { createPlan, selectNodes, shrinkNetwork } from '../pruning/index.js';
import { plotHeat } from '../report/index.js';
import { sizeOf, type Tensor, tensor } from '../tensor/tensor.js';
import { type TrainOptions, trainNetwork } from '../training/index.js';
import { createRandom, type Random } from '../util/random.js';
import { type ComparedCell, compare, type PublishedNumber } from './compare.js';
import { readPublished } from './published.js';
import { type DoneTrial, defineStudy, type StudyFile, type TrialContext } from './study.js';

/**
 * As published, the forward pass hands on what a layer has before bias and relu, so that the network is linear up to its
 * last bias, while importance is told by `relu(pre-activation + bias)` with hidden biases that never learn. Corrected, both
 * passes are those of one relu network.
 */
const variants = ['as-published', 'corrected'] as const;
type Variant = (typeof variants)[number];

type Scale = { readonly dataset: 'mnist' | 'digits'; readonly hidden: readonly number[]; readonly epochs: number };
/** 36 epochs of 550 batches: one step less than was run by hand. */
const published: Readonly<Record<Variant, Scale>> = {
  'as-published': { dataset: 'mnist', hidden: [800, 800], epochs: 36 },
  corrected: { dataset: 'mnist', hidden: [800, 800], epochs: 5 },
};
const quick: Scale = { dataset: 'digits', hidden: [80, 80], epochs: 20 };

type Trial = Scale & { readonly variant: Variant; readonly seed: number };

type HiddenLayer = {
  /** Sum of the nodes' scores: 1 where nothing is lost. */
  readonly sum: number;
  readonly mean: number;
  readonly kept: number;
  readonly of: number;
};

type Outcome = {
  readonly before: number;
  readonly after: number;
  readonly hidden: readonly HiddenLayer[];
  /** Mean importance of each input, of part of the samples; null in journals from before it was drawn. */
  readonly inputs: readonly number[] | null;
  /** Denominators that were 0, whose importance was lost. */
  readonly dead: number;
};

const batch = 100;
/** Samples that the published loader holds back: the first ones. */
const heldBack = 5000;
/** Nodes below this share of their layer's mean score go. */
const threshold = 0.5;

/** Importance propagation and thinning: the least important nodes of each layer deleted, without retraining. */
export const importancePropagation = defineStudy<Trial, Outcome>({
  title: 'Importance propagation and thinning',
  summary: "importance from the outputs down to the inputs; nodes far below their layer's mean are deleted",
  source: 'published notebook',
  options: {},
  trials: ({ trials, quick: small, asPublished, seed }) =>
    variants.slice(asPublished ? 0 : 1).flatMap((variant) =>
      Array.from({ length: trials ?? 1 }, (_, i) => ({
        ...(small ? quick : published[variant]),
        variant,
        seed: seed + i,
      })),
    ),
  label: ({ variant, dataset, hidden, seed }) => `${variant}, ${hidden.join('-')} on ${dataset}, seed ${seed}`,
  run: runTrial,
  publish: async (done) => {
    const numbers = await readPublished<PublishedNumbers>('importance-propagation');
    const comparable = done.filter(({ trial }) => trial.variant === 'as-published' && trial.dataset === 'mnist');
    return {
      tables: [
        {
          name: 'thinning',
          title: 'Thinned networks',
          headers: ['network', 'test accuracy before', 'after', 'kept of hidden 1', 'of hidden 2', 'dead denominators'],
          rows: done.map(({ trial, outcome: { before, after, hidden, dead } }) => [
            `${trial.variant}, seed ${trial.seed}`,
            before,
            after,
            ...hidden.map(({ kept, of }) => `${kept} of ${of}`),
            dead,
          ]),
        },
      ],
      cells: comparable.length > 0 ? comparedCells(comparable, numbers) : [],
      files: pixelsFile(done),
      notes: done.flatMap(conservation),
    };
  },
});

async function runTrial(trial: Trial, { signal, tell }: TrialContext): Promise<Outcome> {
  const stop = signal === undefined ? {} : { signal };
  const all = await loadDataset(trial.dataset, stop);
  const learnt = trial.dataset === 'mnist' ? withoutFirst(all, heldBack) : all;
  const test = await loadDataset(trial.dataset, { ...stop, split: 'test' });
  const training = trainNetwork(startOf(trial, learnt), learnt, { ...settings(trial, learnt.count), ...stop });
  for await (const event of training) if (event.type === 'progress') tell('training', event.done / event.of);
  const { network } = await training.result();
  tell('propagating', 1);
  const told =
    trial.variant === 'as-published' ? await publishedImportance(network, learnt) : await importance(network, learnt);
  const thinned = thin(network, told.layers);
  const accuracyOf = async (of: Network): Promise<number> => (await evaluate(of, test, stop)).accuracy ?? Number.NaN;
  return {
    before: await accuracyOf(network),
    after: await accuracyOf(thinned.network),
    hidden: told.layers.map(({ scores }, i) => ({
      sum: scores.reduce((sum, score) => sum + score, 0),
      mean: scores.reduce((sum, score) => sum + score, 0) / scores.length,
      kept: scores.length - (thinned.removed[i] ?? 0),
      of: scores.length,
    })),
    inputs: told.inputs,
    dead: told.dead,
  };
}

function withoutFirst(data: Dataset, count: number): Dataset {
  const width = data.x.length / data.count;
  return { ...data, x: data.x.subarray(count * width), y: data.y.subarray(count), count: data.count - count };
}

const biases = 0.2;
const deviation = 0.1;

function startOf({ variant, hidden, seed }: Trial, { shape, classes }: Dataset): Network {
  const spec = denseNetwork(shape, hidden, classes ?? 1);
  const scoring = spec.layers.slice(0, -1);
  if (variant === 'corrected') return initialize({ ...spec, layers: scoring }, { seed });
  const random = createRandom(seed);
  const linear = scoring.filter(({ kind }) => kind !== 'activation');
  let width = sizeOf(shape);
  const layers = linear.map((layer): LayerSpec => {
    if (layer.kind !== 'dense') return layer;
    const { units } = layer.config as { readonly units: number };
    const kernel = truncatedNormal([width, units], random);
    width = units;
    const bias = layer.name === 'output' ? { bias: tensor([units], new Float32Array(units).fill(biases)) } : {};
    return { ...layer, weights: { kernel, ...bias } };
  });
  return createNetwork({ ...spec, layers });
}

/** Normal numbers of which those beyond two deviations are drawn anew, as TensorFlow truncates. */
function truncatedNormal(shape: readonly number[], random: Random): Tensor {
  const draw = (): number => {
    const value = random.normal();
    return Math.abs(value) <= 2 ? value * deviation : draw();
  };
  return tensor(shape, Float32Array.from({ length: sizeOf(shape) }, draw));
}

function settings({ variant, epochs, seed }: Trial, samples: number): TrainOptions {
  const shared = { epochs, batch, seed };
  if (variant === 'corrected') return shared;
  // The rate falls by a tenth every 10,000 batches.
  const every = (10_000 * batch) / samples;
  return { ...shared, learningRate: 0.1, rates: { schedule: 'step', factor: 0.9, every } };
}

/** Scores of the nodes of each hidden layer and of the inputs: means over the samples. */
interface Importance {
  /** Of the first samples alone. */
  readonly inputs: readonly number[];
  readonly layers: readonly { readonly layer: string; readonly scores: readonly number[] }[];
  readonly dead: number;
}

const hiddenNames = ['dense_1', 'dense_2'] as const;

async function importance(network: Network, data: Dataset): Promise<Importance> {
  const { layers, conservation: lost } = await propagate(network, data, {
    rule: 'absolute',
    start: 'uniform',
  }).collect();
  return {
    layers: hiddenNames.map((name) => ({
      layer: name,
      scores: layers.find(({ layer }) => layer === name)?.nodes.map(({ relevance }) => relevance) ?? [],
    })),
    inputs: await inputImportance(network, data),
    dead: lost.reduce((sum, { dead }) => sum + dead, 0),
  };
}

async function inputImportance(network: Network, { x, y, count, scale }: Dataset): Promise<number[]> {
  const [width, samples] = [x.length / count, Math.min(count, chunk)];
  const first = { x: x.subarray(0, samples * width), y: y.subarray(0, samples), scale };
  const options = {
    rule: 'absolute',
    start: 'uniform',

    maps: [layerAt(network, network.input).name],
  } as const;
  const sums = new Float64Array(width);
  for await (const event of propagate(network, first, options)) if (event.type === 'map') addRows(sums, event.values);
  return Array.from(sums, (sum) => sum / samples);
}

/** Samples that are propagated at once. */
const chunk = 5000;

/**
 * `R_l = |y_l| * ((R_{l+1} / (|y_l| @ |W_l|)) @ |W_l|^T)` with `y_l = relu(z_l + 0.2)` and `z_l` of the linear network.
 * The published loader gives 600 batches of 55,000 samples: the first ones of the next pass come a second time.
 */
async function publishedImportance(network: Network, data: Dataset): Promise<Importance> {
  const kernels = network.layers.flatMap(({ weights: { kernel } }) => (kernel ? [kernel] : []));
  const [first, second, last] = kernels as [Tensor, Tensor, Tensor];
  const width = data.x.length / data.count;
  const sums = [second, last].map(({ shape }) => new Float64Array(shape[0] ?? 0));
  const inputs = new Float64Array(width);
  let [dead, seen] = [0, 0];
  const chunks = Math.ceil(data.count / chunk) + (data.count > chunk ? 1 : 0);
  for (let i = 0; i < chunks; i++) {
    const from = (i * chunk) % (Math.ceil(data.count / chunk) * chunk);
    const x = Float32Array.from(data.x.subarray(from * width, (from + chunk) * width), (v) => v * data.scale);
    const count = x.length / width;
    const z1 = await product(x, first);
    const z2 = await product(z1, second);
    const [y1, y2] = [rectified(z1), rectified(z2)];
    const classes = last.shape[1] ?? 1;
    const top = new Float32Array(count * classes).fill(1 / classes);
    const r2 = await handDown(y2, last, top);
    const r1 = await handDown(y1, second, r2.relevance);
    for (const [k, { relevance }] of [r1, r2].entries()) addRows(sums[k]!, relevance);
    if (i === 0)
      addRows(
        inputs,
        (await handDown(x, first, r1.relevance)).relevance.map((sum) => sum / count),
      );
    dead += r1.dead + r2.dead;
    seen += count;
  }
  const layers = hiddenNames.map((layer, k) => ({ layer, scores: Array.from(sums[k]!, (sum) => sum / seen) }));
  return { layers, inputs: Array.from(inputs), dead };
}

const rectified = (z: Float32Array): Float32Array => z.map((value) => Math.max(0, value + biases));

/** `x @ W` by the engine: a network of one layer. */
async function product(x: Float32Array, kernel: Tensor): Promise<Float32Array> {
  const [inputs = 0, units = 0] = kernel.shape;
  const network = createNetwork({
    layers: [
      { name: 'x', kind: 'input', config: { shape: [inputs] } },
      { name: 'product', kind: 'dense', config: { units }, weights: { kernel } },
    ],
  });
  return predict(network, { x });
}

const absolute = ({ shape, data }: Tensor): Tensor => tensor(shape, Float32Array.from(data, Math.abs));

function transposed({ shape: [rows = 0, columns = 0], data }: Tensor): Tensor {
  const turned = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) turned[(i % columns) * rows + Math.floor(i / columns)] = data[i]!;
  return tensor([columns, rows], turned);
}

async function handDown(
  y: Float32Array,
  kernel: Tensor,
  above: Float32Array,
): Promise<{ relevance: Float32Array; dead: number }> {
  const weights = absolute(kernel);
  const denominators = await product(y.map(Math.abs), weights);
  let dead = 0;
  const shares = above.map((value, i) => {
    if (denominators[i] !== 0) return value / denominators[i]!;
    dead += Number(value !== 0);
    return 0;
  });
  const back = await product(shares, transposed(weights));
  return { relevance: back.map((value, i) => value * Math.abs(y[i]!)), dead };
}

function addRows(sums: Float64Array, rows: Float32Array | Float64Array): void {
  for (let i = 0; i < rows.length; i++) sums[i % sums.length]! += rows[i]!;
}

/** Deletes columns, biases and rows of the nodes that lie below a share of their layer's mean. */
function thin(network: Network, layers: Importance['layers']): { network: Network; removed: readonly number[] } {
  const scores = layers.flatMap(({ layer, scores }) => scores.map((score, node) => ({ layer, node, score })));
  const nodes = selectNodes(network, scores, { keep: 'high', meanThreshold: threshold });
  const thinned = shrinkNetwork(network, createPlan(network, nodes));
  return { network: thinned.network, removed: layers.map(({ layer }) => nodes[layer]?.length ?? 0) };
}

interface PublishedNumbers {
  readonly before: PublishedNumber;
  readonly after: PublishedNumber;
  readonly kept: readonly PublishedNumber[];
  readonly meanScore: PublishedNumber;
}

function comparedCells(
  done: readonly DoneTrial<Trial, Outcome>[],
  { before, after, kept, meanScore }: PublishedNumbers,
): ComparedCell[] {
  const cell = (
    row: string,
    column: string,
    number: PublishedNumber,
    value: (outcome: Outcome) => number,
  ): ComparedCell =>
    compare(
      { table: 'thinning, as published', row, column },
      number,
      done.map(({ outcome }) => value(outcome)),
    );
  return [
    cell('test accuracy', 'before', before, (outcome) => outcome.before),
    cell('test accuracy', 'after', after, (outcome) => outcome.after),
    ...kept.map((number, i) =>
      cell(`hidden ${i + 1}`, 'kept nodes', number, ({ hidden }) => hidden[i]?.kept ?? Number.NaN),
    ),
    cell('hidden 1', 'mean score', meanScore, ({ hidden }) => hidden[0]?.mean ?? Number.NaN),
  ];
}

/** What each pixel is worth to the first network of each variant. */
function pixelsFile(done: readonly DoneTrial<Trial, Outcome>[]): StudyFile[] {
  const maps = variants.flatMap((variant) => {
    const found = done.find(({ trial, outcome }) => trial.variant === variant && outcome.inputs);
    const values = found?.outcome.inputs ?? [];
    const side = Math.sqrt(values.length);
    return found ? [{ says: `${variant}, seed ${found.trial.seed}`, width: side, height: side, values }] : [];
  });
  if (maps.length === 0) return [];
  const content = plotHeat(maps, {
    title: 'Importance of the pixels',
    subtitles: [`mean over the first samples, ${chunk} at most`],
    legend: 'share of the importance of a sample',
  });
  return [{ name: 'pixels.svg', content }];
}

/** Importance neither grows nor gets lost on its way, but where a denominator was 0. */
function conservation({ trial, outcome: { hidden, dead } }: DoneTrial<Trial, Outcome>): string[] {
  const worst = Math.max(...hidden.map(({ sum }) => Math.abs(sum - 1)));
  return [
    `${trial.variant}, seed ${trial.seed}: importance of each layer sums to 1 within ${worst.toExponential(1)}, ${dead} dead denominators`,
  ];
}
