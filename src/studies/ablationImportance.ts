import {
  type AblationEvent,
  ablate,
  classify,
  defaultTolerances,
  type NodeClass,
  tabulate,
} from '../ablation/index.js';
import { type Dataset, type DatasetName, loadDataset, splitDataset } from '../data/index.js';
import { initialize, type PresetName, presets } from '../network/index.js';
import { formatCsv, type PlottedNode, plotChangeHistogram, plotNodes } from '../report/index.js';
import { trainNetwork } from '../training/index.js';
import { type ComparedCell, compare, type PublishedNumber } from './compare.js';
import { describeTable } from './describeTable.js';
import { oneOrMoreOf } from './options.js';
import { readPublished } from './published.js';
import {
  type DoneTrial,
  defineStudy,
  type StudyFile,
  type StudySettings,
  type StudyTable,
  type TrialContext,
} from './study.js';

/** Which samples the network learns from and is measured on: all of the training split, or 85 % and the other 15 %. */
const bases = ['train', 'validation'] as const;
type Basis = (typeof bases)[number];

/** What repeats: one network on one dataset and one basis. */
type Block = {
  readonly basis: Basis;
  readonly network: PresetName;
  readonly dataset: DatasetName;
};

type Trial = Block & { readonly seed: number };

type LayerChanges = { readonly layer: string; readonly changes: readonly number[] };

type Outcome = {
  /** Of the intact network, on the samples that the nodes are measured on. */
  readonly loss: number;
  readonly accuracy: number | null;
  readonly layers: readonly LayerChanges[];
};

const datasetsOf: Readonly<Record<PresetName, readonly DatasetName[]>> = {
  single: ['mnist', 'fashion-mnist'],
  multi: ['mnist', 'fashion-mnist'],
  cnn: ['mnist', 'fashion-mnist', 'cifar-10'],
};
const publishedTrials: Readonly<Record<PresetName, number>> = { single: 50, multi: 50, cnn: 10 };
const networkNames = Object.keys(presets) as readonly PresetName[];
const datasetNames = ['mnist', 'fashion-mnist', 'cifar-10', 'digits'] as const satisfies readonly DatasetName[];

/** As the published files are named. */
const networkFiles: Readonly<Record<PresetName, string>> = { single: 'single_layer', multi: 'multi_layer', cnn: 'CNN' };
const datasetFiles: Readonly<Record<string, string>> = { 'fashion-mnist': 'fmnist', 'cifar-10': 'cifar' };

const nodeClasses = ['zero', 'worse', 'important'] as const satisfies readonly NodeClass[];

/** Node importance by ablation: how many nodes of trained networks are important, worse than nothing, or idle. */
export const ablationImportance = defineStudy<Trial, Outcome>({
  title: 'Node importance by ablation',
  summary: 'classes of nodes over many trainings of three networks on three datasets',
  source: 'published notebooks, chapter 3.2',
  options: {
    networks: {
      flags: '--networks <a,b>',
      says: networkNames.join(', '),
      parse: oneOrMoreOf('networks', networkNames),
    },
    datasets: {
      flags: '--datasets <a,b>',
      says: datasetNames.join(', '),
      parse: oneOrMoreOf('datasets', datasetNames),
    },
    basis: { flags: '--basis <a,b>', says: bases.join(', '), parse: oneOrMoreOf('basis', bases) },
  },
  trials: (settings) => blocksOf(settings).flatMap((block) => trialsOf(block, settings)),
  label: ({ network, dataset, basis, seed }) => `${network} on ${dataset}, ${basis}, seed ${seed}`,
  run: runTrial,
  publish: async (done) => {
    const { counts } = await readPublished<{ counts: readonly PublishedCount[] }>('ablation-importance');
    const blocks = groupByBlock(done);
    return {
      tables: blocks.flatMap(layerTables),
      cells: blocks.flatMap((block) => comparedCells(block, counts)),
      files: [...blocks.flatMap(csvFiles), ...(await Promise.all(blocks.map(figures))).flat()],
      notes: [],
    };
  },
});

function blocksOf({ quick, options }: StudySettings): Block[] {
  const networks = (options.networks ?? (quick ? ['single', 'multi'] : networkNames)) as readonly PresetName[];
  const chosen = (options.datasets ?? (quick ? ['digits'] : null)) as readonly DatasetName[] | null;
  const basis = (options.basis ?? bases) as readonly Basis[];
  return basis.flatMap((basis) =>
    networks.flatMap((network) => (chosen ?? datasetsOf[network]).map((dataset) => ({ basis, network, dataset }))),
  );
}

function trialsOf(block: Block, { trials, quick, seed }: StudySettings): Trial[] {
  const length = trials ?? (quick ? 3 : publishedTrials[block.network]);
  return Array.from({ length }, (_, i) => ({ ...block, seed: seed + i }));
}

/** What the published split was seeded with, once for all trials of a block. */
const splitSeed = 2020;
const validationShare = 0.15;

async function samplesOf({ basis, dataset }: Block, signal: AbortSignal | undefined): Promise<[Dataset, Dataset]> {
  const all = await loadDataset(dataset, signal === undefined ? {} : { signal });
  if (basis === 'train') return [all, all];
  const { first: validation, rest } = splitDataset(all, { share: validationShare, seed: splitSeed });
  return [rest, validation];
}

async function runTrial(trial: Trial, { signal, tell }: TrialContext): Promise<Outcome> {
  const [learnt, measured] = await samplesOf(trial, signal);
  const start = initialize(presets[trial.network](learnt.shape, learnt.classes ?? 1), { seed: trial.seed });
  const stop = signal === undefined ? {} : { signal };
  const training = trainNetwork(start, learnt, { seed: trial.seed, ...stop });
  for await (const event of training) {
    if (event.type === 'progress') tell('training', (trainingShare * event.done) / event.of);
  }
  const { network } = await training.result();
  const { baseline, layers } = await tabulate(shown(ablate(network, measured, stop), tell));
  const changes = layers.map(({ layer, nodes }) => ({ layer, changes: nodes.map(({ change }) => change) }));
  return { loss: baseline.loss, accuracy: baseline.accuracy, layers: changes };
}

/** Of a trial's time; it only moves a progress bar. */
const trainingShare = 0.9;

async function* shown(run: ReturnType<typeof ablate>, tell: TrialContext['tell']): AsyncGenerator<AblationEvent> {
  for await (const event of run) {
    if (event.type === 'progress') tell('ablating', trainingShare + ((1 - trainingShare) * event.done) / event.of);
    yield event;
  }
}

/** A block and the outcomes of its trials, in order. */
interface DoneBlock {
  readonly block: Block;
  readonly outcomes: readonly Outcome[];
}

function groupByBlock(done: readonly DoneTrial<Trial, Outcome>[]): DoneBlock[] {
  const blocks = new Map<string, { block: Block; outcomes: Outcome[] }>();
  for (const {
    trial: { seed: _, ...block },
    outcome,
  } of done) {
    const key = titleOf(block);
    const known = blocks.get(key);
    if (known === undefined) blocks.set(key, { block, outcomes: [outcome] });
    else known.outcomes.push(outcome);
  }
  return [...blocks.values()];
}

const titleOf = ({ network, dataset, basis }: Block): string => `${network}, ${dataset}, ${basis} samples`;

/** Layer by layer, how many nodes of each class every trial found. */
interface LayerCounts {
  readonly layer: string;
  readonly counts: readonly Readonly<Record<NodeClass, number>>[];
}

function countNodes({ outcomes }: DoneBlock): LayerCounts[] {
  const layers = outcomes[0]?.layers ?? [];
  return layers.map(({ layer }, i) => ({
    layer,
    counts: outcomes.map((outcome) => countClasses(outcome.layers[i]?.changes ?? [])),
  }));
}

function countClasses(changes: readonly number[]): Record<NodeClass, number> {
  const counts = { zero: 0, worse: 0, important: 0 };
  for (const change of changes) counts[classify(change, defaultTolerances)]++;
  return counts;
}

function layerTables(done: DoneBlock): StudyTable[] {
  const { network, dataset, basis } = done.block;
  return countNodes(done).map(({ layer, counts }) =>
    describeTable(
      `${network}-${dataset}-${basis}-${layer}`,
      `${titleOf(done.block)}: nodes of ${layer} by class`,
      Object.fromEntries(nodeClasses.map((name) => [name, counts.map((count) => count[name])])),
    ),
  );
}

/** `multi_layer_2_node_importance_val_fmnist.csv` and the like. */
function fileName({ network, dataset, basis }: Block, layer: string): string {
  const place = network === 'single' ? '' : network === 'multi' ? layer.replace('dense', '') : `_${layer}`;
  const validation = basis === 'validation' ? '_val' : '';
  return `${networkFiles[network]}${place}_node_importance${validation}_${datasetFiles[dataset] ?? dataset}.csv`;
}

function csvFiles(done: DoneBlock): StudyFile[] {
  return countNodes(done).map(({ layer, counts }) => ({
    name: fileName(done.block, layer),
    content: formatCsv(
      ['', 'Zero Nodes', 'Worse Nodes', 'Important Nodes'],
      counts.map((count, trial) => [trial, ...nodeClasses.map((name) => count[name])]),
    ),
  }));
}

/** The nodes of the first network, and how the changes of all networks are spread. */
async function figures({ block, outcomes }: DoneBlock): Promise<StudyFile[]> {
  const nodesOf = ({ layers }: Outcome): PlottedNode[] =>
    layers.flatMap(({ layer, changes }) =>
      changes.map((change, node) => ({ layer, node, change, class: classify(change, defaultTolerances) })),
    );
  const shared = { tolerances: defaultTolerances, unit: 'nats' };
  const name = `${block.network}-${block.dataset}-${block.basis}.svg`;
  const first = { ...shared, title: 'Change of each node', subtitle: `${titleOf(block)}, one network` };
  const all = { ...shared, title: 'Changes of all nodes', subtitle: `${titleOf(block)}, ${outcomes.length} networks` };
  return [
    { name: `changes-${name}`, content: await plotNodes(nodesOf(outcomes[0]!), first) },
    { name: `histogram-${name}`, content: plotChangeHistogram(outcomes.flatMap(nodesOf), all) },
  ];
}

type PublishedCount = Block & PublishedNumber & { readonly layer: string; readonly class: NodeClass };

function comparedCells(done: DoneBlock, published: readonly PublishedCount[]): ComparedCell[] {
  const { network, dataset, basis } = done.block;
  const ofBlock = published.filter(
    (count) => count.network === network && count.dataset === dataset && count.basis === basis,
  );
  return countNodes(done).flatMap(({ layer, counts }) =>
    nodeClasses.map((name) => {
      const number = ofBlock.find((count) => count.layer === layer && count.class === name) ?? null;
      const place = { table: titleOf(done.block), row: layer, column: name };
      return compare(
        place,
        number,
        counts.map((count) => count[name]),
      );
    }),
  );
}
