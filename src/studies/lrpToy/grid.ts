import { setImmediate } from 'node:timers/promises';
import type { Network } from '../../network/index.js';
import { abortedError } from '../../util/errors.js';
import type { TrialContext } from '../study.js';
import { needsSamples, scoreUnits, type ToyCriterion, type UnitScores } from './criteria.js';
import { classify, countRight } from './measure.js';
import type { NetworkChoice } from './network.js';
import { rankAsNumpy } from './numpyOrder.js';
import { lossesOf, type Ranking, rankUnits, removedOf, withoutUnits } from './pruning.js';
import { analyseRanks, type Ranked, ranked } from './ranks.js';
import { cellCentres, type Window, windowOf } from './regions.js';
import { noisySamples, referenceSamples, type ToySamples, trainingSamples } from './samples.js';

/** A network, and the runs that are made with it: for each criterion and number of samples one a seed. */
export type Trial = NetworkChoice & {
  /** Folder of the published training files; null where points are drawn. */
  readonly files: string | null;
  readonly criteria: readonly ToyCriterion[];
  /** Samples a class that nodes are scored on. */
  readonly sizes: readonly number[];
  /** Runs have the seeds from 0 to below this. */
  readonly seeds: number;
  /** Test scenarios: sigmas of noisy test sets; 0 is the one without noise. */
  readonly noise: readonly number[];
  /** Whether rankings are compared, and whether they are kept for the log. */
  readonly ranks: boolean;
  readonly rankings: boolean;
  /** Numbers of samples whose decision regions are drawn. */
  readonly drawn: readonly number[];
  /** Cells along the smaller side of a drawn window. */
  readonly resolution: number;
};

/** One criterion and number of samples: right answers by seed. */
export type Cell = {
  readonly criterion: ToyCriterion;
  readonly perClass: number;
  readonly train: readonly number[];
  /** By noise, then by seed. */
  readonly tests: readonly (readonly number[])[];
  /** Units that each layer lost, mean over the seeds. */
  readonly lost: readonly number[];
  /** Of each seed, as base64 of 16-bit numbers, if they are kept. */
  readonly rankings: readonly string[] | null;
};

/** Classes of the cells of the drawn window, row after row from the top, as digits. */
export type Regions = {
  readonly perClass: number;
  readonly criterion: ToyCriterion;
  readonly classes: string;
};

export type RankOutcome = {
  readonly case: number;
  readonly a: string;
  readonly b: string;
  readonly means: readonly number[];
  readonly stds: readonly number[];
};

export type Outcome = {
  /** Of the training samples and of each test set, by noise, then by number of samples a class. */
  readonly samples: { readonly train: number; readonly tests: readonly (readonly number[])[] };
  /** Of the network as it was trained: right answers, tests by noise, number of samples and seed. */
  readonly intact: { readonly train: number; readonly tests: readonly (readonly (readonly number[])[])[] };
  readonly cells: readonly Cell[];
  readonly window: Window;
  readonly intactRegions: string;
  readonly regions: readonly Regions[];
  readonly ranks: readonly RankOutcome[];
};

/** What all runs of a network share. */
interface Setting {
  readonly trial: Trial;
  readonly network: Network;
  readonly train: ToySamples;
  /** The test sets of a run, by noise. */
  readonly tests: (perClass: number, seed: number) => readonly ToySamples[];
  readonly context: TrialContext;
}

/**
 * All runs of a trained network.
 *
 * @throws SecateurError what scoring and measuring throw; ERR_ABORTED.
 */
export async function runGrid(trial: Trial, network: Network, context: TrialContext): Promise<Outcome> {
  const train = await trainingSamples(trial.dataset, trial.files);
  const setting: Setting = { trial, network, train, tests: testSets(trial), context };
  const intact = await measureAll(setting, network);
  const cells: Cell[] = [];
  const rankings = new Map<string, Ranked[]>();
  const firstRemoved = new Map<string, Ranking>();
  for (const [i, criterion] of trial.criteria.entries()) {
    const run = needsSamples(criterion) ? runSeeds : runOnce;
    for await (const found of run(setting, criterion)) {
      cells.push(found.cell);
      rankings.set(keyOf(found.cell), found.rankings.map(ranked));
      firstRemoved.set(keyOf(found.cell), found.firstRemoved);
      const part = (trial.sizes.indexOf(found.cell.perClass) + 1) / trial.sizes.length;
      context.tell(
        `${criterion}, ${found.cell.perClass} a class`,
        gridStart + (gridShare * (i + part)) / trial.criteria.length,
      );
    }
  }
  const ranks = trial.ranks ? await compareAll(setting, rankings) : [];
  const window = windowOf(train, trial.resolution);
  const centres = cellCentres(window);
  const digits = async (of: Network): Promise<string> => (await classify(of, centres, context.signal)).join('');
  const regions: Regions[] = [];
  for (const perClass of trial.drawn) {
    for (const criterion of trial.criteria) {
      const classes = await digits(withoutUnits(network, firstRemoved.get(keyOf({ criterion, perClass }))!));
      regions.push({ perClass, criterion, classes });
    }
  }
  const counts = trial.noise.map((_, k) => trial.sizes.map((perClass) => setting.tests(perClass, 0)[k]!.y.length));
  return {
    samples: { train: train.y.length, tests: counts },
    intact,
    cells,
    window,
    intactRegions: await digits(network),
    regions,
    ranks,
  };
}

/** Shares of a trial's time, training before and comparing rankings behind; they only move a progress bar. */
const gridStart = 0.6;
const gridShare = 0.3;

const keyOf = ({ criterion, perClass }: { readonly criterion: string; readonly perClass: number }): string =>
  `${criterion} ${perClass}`;

/**
 * As published, a test without noise is on the very samples that units were scored on. Corrected, it is on 500 others.
 * Noisy sets do not depend on the number of samples.
 */
export function testSets({ variant, dataset, noise }: Trial): Setting['tests'] {
  const noisy = new Map<string, ToySamples>();
  const drawn = (sigma: number, seed: number): ToySamples => {
    const key = `${sigma} ${seed}`;
    const known = noisy.get(key) ?? noisySamples(dataset, sigma, seed);
    noisy.set(key, known);
    return known;
  };
  return (perClass, seed) =>
    noise.map((sigma) =>
      sigma === 0 && variant === 'as-published' ? referenceSamples(dataset, perClass, seed) : drawn(sigma, seed),
    );
}

const seedsOf = ({ seeds }: Trial): number[] => [...Array(seeds).keys()];

/** A network that does not depend on the run: every set of every run is measured, but the same one only once. */
async function measureAll({ trial, train, tests, context }: Setting, network: Network): Promise<Outcome['intact']> {
  const known = new Map<ToySamples, number>();
  const [right = 0] = await countRight(network, [train], context.signal);
  const bySize: number[][][] = [];
  for (const perClass of trial.sizes) {
    const sets = seedsOf(trial).map((seed) => tests(perClass, seed));
    const fresh = sets.flat().filter((set) => !known.has(set));
    if (fresh.length > 0) {
      const counts = await countRight(network, fresh, context.signal);
      for (const [i, set] of fresh.entries()) known.set(set, counts[i]!);
    }
    bySize.push(trial.noise.map((_, k) => sets.map((own) => known.get(own[k]!)!)));
  }
  return { train: right, tests: trial.noise.map((_, k) => bySize.map((byNoise) => byNoise[k]!)) };
}

interface Found {
  readonly cell: Cell;
  readonly rankings: readonly Ranking[];
  /** What the run with seed 0 loses. */
  readonly firstRemoved: Ranking;
}

const scoringOf = ({ trial: { variant }, context: { signal } }: Setting) => ({ variant, ...(signal && { signal }) });

/** A criterion that scores on samples: for every seed a pruned network of its own. */
async function* runSeeds(setting: Setting, criterion: ToyCriterion): AsyncGenerator<Found> {
  const { trial, network, train, tests, context } = setting;
  const { signal } = context;
  const scoring = scoringOf(setting);
  for (const perClass of trial.sizes) {
    const runs: (Order & { right: number[] })[] = [];
    for (const seed of seedsOf(trial)) {
      if (signal?.aborted) throw abortedError(signal);
      const reference = referenceSamples(trial.dataset, perClass, seed);
      const order = orderOf(trial, await scoreUnits(network, criterion, reference, scoring));
      const pruned = withoutUnits(network, order.removed);
      runs.push({ ...order, right: await countRight(pruned, [train, ...tests(perClass, seed)], signal) });
    }
    yield foundOf(trial, { criterion, perClass }, runs, {
      train: runs.map(({ right }) => right[0]!),
      tests: trial.noise.map((_, k) => runs.map(({ right }) => right[k + 1]!)),
    });
  }
}

/** A criterion that prunes the same units in every run. */
async function* runOnce(setting: Setting, criterion: ToyCriterion): AsyncGenerator<Found> {
  const { trial, network, train } = setting;
  const order = orderOf(trial, await scoreUnits(network, criterion, train, scoringOf(setting)));
  const right = await measureAll(setting, withoutUnits(network, order.removed));
  for (const [i, perClass] of trial.sizes.entries()) {
    yield foundOf(trial, { criterion, perClass }, [order], {
      train: seedsOf(trial).map(() => right.train),
      tests: right.tests.map((bySize) => bySize[i]!),
    });
  }
}

/** What the scores of a run make of its units. */
interface Order {
  /** The units that go. */
  readonly removed: Ranking;
  /** What is compared and logged. */
  readonly ranking: Ranking;
}

function orderOf({ variant }: Trial, scores: UnitScores): Order {
  const stable = rankUnits(scores);
  return { removed: removedOf(stable), ranking: variant === 'as-published' ? rankAsNumpy(scores) : stable };
}

function foundOf(
  { hidden, rankings: keep }: Trial,
  where: Pick<Cell, 'criterion' | 'perClass'>,
  orders: readonly Order[],
  right: Pick<Cell, 'train' | 'tests'>,
): Found {
  const losses = orders.map(({ removed }) => lossesOf(removed, hidden));
  const lost = losses[0]!.map((_, layer) => losses.reduce((sum, own) => sum + own[layer]!, 0) / losses.length);
  const rankings = orders.map(({ ranking }) => ranking);
  const kept = keep ? rankings.map(({ buffer }) => Buffer.from(buffer).toString('base64')) : null;
  return { cell: { ...where, ...right, lost, rankings: kept }, rankings, firstRemoved: orders[0]!.removed };
}

async function compareAll(
  { trial, context: { signal, tell } }: Setting,
  rankings: ReadonlyMap<string, readonly Ranked[]>,
): Promise<RankOutcome[]> {
  const found: RankOutcome[] = [];
  const runs = (criterion: string, perClass: number): readonly Ranked[] =>
    rankings.get(keyOf({ criterion, perClass }))!;
  for (const { case: which, a, b, cell } of analyseRanks(trial.criteria, trial.sizes, runs)) {
    found.push({
      case: which,
      a: keyOf(a),
      b: keyOf(b),
      means: cell.map(({ mean }) => mean),
      stds: cell.map(({ std }) => std),
    });
    tell(`comparing rankings, case ${which}`, gridStart + gridShare);
    await setImmediate();
    if (signal?.aborted) throw abortedError(signal);
  }
  return found;
}
