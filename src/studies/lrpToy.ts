import { join } from 'node:path';
import { type ColourMap, colourMaps } from '../report/index.js';
import { SecateurError } from '../util/errors.js';
import { expectOneOf, isFiniteNumber, isPositiveInteger } from '../util/expect.js';
import { readRegularFile } from '../util/files.js';
import { comparedCells } from './lrpToy/cells.js';
import { type ToyCriterion, toyCriteria } from './lrpToy/criteria.js';
import { accuracyPlots, boxPlot, drawnOf, regionsPlot, runPlots } from './lrpToy/figures.js';
import { type Finding, findingsOf, weightFindings } from './lrpToy/findings.js';
import { type Outcome, runGrid, type Trial } from './lrpToy/grid.js';
import { parseLog } from './lrpToy/log.js';
import { trainedNetwork, type Variant, variants } from './lrpToy/network.js';
import type { PublishedToy } from './lrpToy/published.js';
import { agreementCells, rankCells, rankCellsCsv, rankCounts } from './lrpToy/rankCells.js';
import { curvesCsv, curveTable, rankCurves } from './lrpToy/rankCurves.js';
import { logOf, ranksOf, ranksOfLog } from './lrpToy/rankings.js';
import { type Done, grouped, type Result, resultsOf, resultsOfLog } from './lrpToy/results.js';
import { type ToyName, toyNames, trainingSamples } from './lrpToy/samples.js';
import {
  accuracyCsv,
  accuracyTables,
  agreementTable,
  lossTable,
  ownTable,
  type RankTables,
  ranksCsv,
} from './lrpToy/tables.js';
import { numbersOf, oneOrMoreOf } from './options.js';
import { readPublished } from './published.js';
import { defineStudy, type Publication, type StudyFile, type StudySettings } from './study.js';

type Feeding = Pick<Trial, 'epochs' | 'shuffle'>;

/** What `--quick` makes small. */
interface Scale {
  readonly hidden: number;
  readonly learningRate: number;
  readonly training: Readonly<Record<ToyName, Feeding>>;
  /** Of mult, where its batches are to be random. */
  readonly randomMult: Feeding;
  readonly sizes: readonly number[];
  readonly seeds: number;
  readonly resolution: number;
}

/** How mult learns: class after class for 40,000 steps, as its published script did, or from 10,000 random batches. */
const multBatches = ['ordered', 'random'] as const;

/** 10,000 steps of random batches stand for as many full batches. */
const published: Scale = {
  hidden: 1000,
  learningRate: 0.001,
  training: {
    moon: { epochs: 500, shuffle: true },
    circle: { epochs: 500, shuffle: true },
    mult: { epochs: 1000, shuffle: false },
  },
  randomMult: { epochs: 250, shuffle: true },
  sizes: [1, 2, 5, 10, 20, 50, 100, 200],
  seeds: 50,
  resolution: 100,
};
const quick: Scale = {
  hidden: 64,
  learningRate: 0.02,
  training: {
    moon: { epochs: 20, shuffle: true },
    circle: { epochs: 40, shuffle: true },
    mult: { epochs: 50, shuffle: true },
  },
  randomMult: { epochs: 50, shuffle: true },
  sizes: [1, 5, 20],
  seeds: 4,
  resolution: 40,
};

/** Pruning by explaining on toy data: networks lose a third of their units at once, by four criteria. */
export const lrpToy = defineStudy<Trial, Outcome>({
  title: 'Pruning by explaining, on toy data',
  summary: 'a third of the units goes by relevance, Taylor, gradient or weight, scored on few samples of the plane',
  source: 'Yeom et al., Pattern Recognition 2021, as the logs of its toy example have it',
  options: {
    variants: { flags: '--variants <a,b>', says: variants.join(', '), parse: oneOrMoreOf('variants', variants) },
    toyDataset: {
      flags: '--toy-dataset <a,b>',
      says: toyNames.join(', '),
      parse: oneOrMoreOf('toy-dataset', toyNames),
    },
    toyCriterion: {
      flags: '--toy-criterion <a,b>',
      says: toyCriteria.join(', '),
      parse: oneOrMoreOf('toy-criterion', toyCriteria),
    },
    samplesPerClass: {
      flags: '--samples-per-class <a,b>',
      says: 'numbers of samples a class that units are scored on',
      parse: numbersOf('samples-per-class', 'positive integers', isPositiveInteger),
    },
    noise: {
      flags: '--noise <a,b>',
      says: 'test on samples moved by noise of these sigmas (0: without noise)',
      parse: numbersOf('noise', 'numbers of at least 0', (value) => isFiniteNumber(value) && value >= 0),
    },
    ranks: { flags: '--ranks', says: 'compare rankings of seeds, criteria and numbers of samples', parse: () => true },
    log: {
      flags: '--log <FILE>',
      says: 'write the runs of the first network of each dataset as published logs are',
      parse: (text) => text,
    },
    fromLog: { flags: '--from-log <FILE>', says: 'train nothing, analyse such a log', parse: (text) => text },
    render: {
      flags: '--render <DIR>',
      says: "draw the runs of seed 0 one by one, a file each of a log's lines",
      parse: (text) => text,
    },
    colormap: {
      flags: '--colormap <NAME>',
      says: colourMaps.join(', '),
      parse: (text) => expectOneOf('colormap', text, colourMaps),
    },
    multBatches: {
      flags: '--mult-batches <KIND>',
      says: 'ordered (40,000 batches, class after class, as published) or random (10,000)',
      parse: (text) => expectOneOf('mult-batches', text, multBatches),
    },
    trainFiles: {
      flags: '--train-files <DIR>',
      says: 'folder of the published files moon_train.csv, ...',
      parse: (text) => text,
    },
  },
  trials: trialsOf,
  places: (settings) => {
    const { log, render } = ownOptions(settings);
    return { files: log === null ? [] : [log], folders: render === null ? [] : [render] };
  },
  label: ({ variant, dataset, seed }) => `${dataset}, ${variant}, network ${seed}`,
  run: async (trial, context) => {
    const { variant, dataset, seed, hidden, epochs, learningRate, shuffle } = trial;
    const choice = { variant, dataset, seed, hidden, epochs, learningRate, shuffle };
    const network = await trainedNetwork(choice, await trainingSamples(dataset, trial.files), context);
    return runGrid(trial, network, context);
  },
  publish: async (done, settings) => {
    const { fromLog } = ownOptions(settings);
    return fromLog === null ? publishRuns(done, settings) : publishLog(fromLog, settings);
  },
});

interface ToyOptions {
  readonly variants: readonly Variant[];
  readonly datasets: readonly ToyName[];
  readonly criteria: readonly ToyCriterion[];
  readonly sizes: readonly number[];
  readonly noise: readonly number[];
  readonly ranks: boolean;
  readonly log: string | null;
  readonly fromLog: string | null;
  readonly render: string | null;
  readonly colours: ColourMap;
  readonly files: string | null;
  readonly multBatches: (typeof multBatches)[number];
}

function ownOptions({ options, quick: small, asPublished }: StudySettings): ToyOptions {
  const chosen = options as Readonly<Record<string, never>>;
  return {
    variants: chosen.variants ?? variants.slice(asPublished ? 0 : 1),
    datasets: chosen.toyDataset ?? toyNames,
    criteria: chosen.toyCriterion ?? toyCriteria,
    sizes: chosen.samplesPerClass ?? (small ? quick : published).sizes,
    noise: chosen.noise ?? [0],
    ranks: chosen.ranks ?? false,
    log: chosen.log ?? null,
    fromLog: chosen.fromLog ?? null,
    render: chosen.render ?? null,
    colours: chosen.colormap ?? 'okabe-ito',
    files: chosen.trainFiles ?? null,
    multBatches: chosen.multBatches ?? 'ordered',
  };
}

function trialsOf(settings: StudySettings): Trial[] {
  const { variants, datasets, criteria, noise, ranks, log, fromLog, render, files, ...own } = ownOptions(settings);
  if (fromLog !== null) {
    expectLogAlone(settings);
    return [];
  }
  const { hidden, learningRate, randomMult, seeds, resolution, ...scale } = settings.quick ? quick : published;
  const training = own.multBatches === 'random' ? { ...scale.training, mult: randomMult } : scale.training;
  const sizes = own.sizes.toSorted((a, b) => a - b);
  const drawn = render === null ? [drawnOf(sizes)] : sizes;
  const shared = { hidden, learningRate, criteria, sizes, seeds, noise, ranks, drawn, resolution, files };
  return variants.flatMap((variant) =>
    datasets.flatMap((dataset) =>
      Array.from({ length: settings.trials ?? 1 }, (_, i) => ({
        ...shared,
        variant,
        dataset,
        seed: settings.seed + i,
        ...training[dataset],
        rankings: ranks && log !== null && i === 0,
      })),
    ),
  );
}

/** The options that say something of a log that is only read. */
const ofLogs: readonly string[] = ['fromLog', 'noise'];

/** @throws SecateurError ERR_ARGUMENT for an option that only runs have. */
function expectLogAlone({ options, trials, asPublished }: StudySettings): void {
  const foreign = Object.keys(options).find((name) => !ofLogs.includes(name));
  const own = foreign === undefined ? undefined : lrpToy.options[foreign]!.flags.split(' ')[0];
  const flag = trials !== null ? '--trials' : asPublished ? '--as-published' : own;
  if (flag === undefined) return;
  throw new SecateurError('ERR_ARGUMENT', `from-log: nothing is run, so that ${flag} would do nothing`, {
    hint: `leave ${flag} away, or run the study`,
  });
}

async function publishRuns(done: readonly Done[], settings: StudySettings): Promise<Publication> {
  const { log, render, colours } = ownOptions(settings);
  const figures = await Promise.all(done.map((own) => regionsPlot(own, colours)));
  const rendered = render === null ? [] : await Promise.all(firstOnes(done).map((own) => runPlots(own, colours)));
  const publication = await publish(done.flatMap(resultsOf), done.flatMap(ranksOf), done);
  const placed: StudyFile[] = [
    ...(log === null ? [] : [{ name: 'log', path: log, content: firstOnes(done).map(logOf).join('') }]),
    ...rendered.flat().map((file) => ({ ...file, path: join(render ?? '', file.name) })),
  ];
  return { ...publication, files: [...publication.files, ...figures, ...placed] };
}

/** The first network of each dataset, as published where that variant is there: what has room in one log. */
const firstOnes = (done: readonly Done[]): Done[] =>
  toyNames.flatMap((name) => done.find(({ trial }) => trial.dataset === name) ?? []);

async function publishLog(path: string, settings: StudySettings): Promise<Publication> {
  const lines = parseLog(`${Buffer.from(await readRegularFile(path))}`, path);
  const results = resultsOfLog(lines, ownOptions(settings).noise[0] ?? 0);
  if (lines.length === 0) throw new SecateurError('ERR_DATA', `${path}: the log is empty`);
  return publish(results, ranksOfLog(lines), []);
}

/** Everything that follows from accuracies and rankings, be they ours or of a log. */
async function publish(
  results: readonly Result[],
  ranks: readonly RankTables[],
  done: readonly Done[],
): Promise<Publication> {
  const numbers = await readPublished<PublishedToy>('lrp-toy');
  const groups = grouped(results);
  const tables = groups.map(({ group, results: own }) => {
    const sameGroup = ({ dataset, variant }: { dataset: string; variant: string }): boolean =>
      dataset === group.dataset && variant === group.variant;
    const networks = done.filter(({ trial }) => sameGroup(trial));
    const ranksOfGroup = ranks.filter((rank) => sameGroup(rank.group));
    const comparable =
      group.variant === 'as-published' && networks.every(({ trial }) => trial.hidden === published.hidden);
    const compared = comparable ? rankCells(group, ranksOfGroup, numbers) : [];
    const curves = rankCurves(compared);
    return {
      group,
      tables: [
        ...accuracyTables(group, own),
        ...(networks.length > 0 ? [lossTable(group, networks)] : []),
        ...ranksOfGroup.map(agreementTable),
        ...rankCounts(group, compared, numbers),
        ...curveTable(group, curves),
      ],
      cells: comparable ? [...comparedCells(group, own, numbers), ...agreementCells(group, compared)] : [],
      files: [
        ...accuracyPlots(group, own),
        ...boxPlot(group, own),
        ...ranksOfGroup.map(ranksCsv),
        ...(compared.length > 0 ? [rankCellsCsv(group, compared)] : []),
        ...curvesCsv(group, curves),
      ],
      table: ownTable(group, own, ranksOfGroup),
    };
  });
  const kinds = [...new Set(groups.map(({ group }) => group.variant))];
  return {
    tables: tables.flatMap((own) => own.tables),
    cells: tables.flatMap((own) => own.cells),
    files: [accuracyCsv(results), ...tables.flatMap((own) => own.files)],
    notes: [
      ...tables.flatMap(({ group, table }) => findingsOf(table).map(says(`${group.dataset}, ${group.variant}`))),
      ...kinds.flatMap((variant) => {
        const own = tables.filter(({ group }) => group.variant === variant);
        return weightFindings(own.map(({ table }) => table)).map(says(variant));
      }),
    ],
  };
}

const says =
  (where: string) =>
  ({ claim, holds }: Finding): string =>
    `${where}: ${claim}: ${holds ? 'holds' : 'does not hold'}`;
