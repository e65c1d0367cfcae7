import { rm } from 'node:fs/promises';
import type { MeasuringRun } from '../../ablation/index.js';
import {
  type Criterion,
  type CriterionName,
  criteria,
  criterionNames,
  criterionOptionNames,
  type ScoredData,
} from '../../criteria/index.js';
import type { LabelledData } from '../../data/index.js';
import { type EvaluateOptions, evaluate } from '../../engine/index.js';
import { cutPoints, type Network } from '../../network/index.js';
import type { PruningPlan } from '../../pruning/index.js';
import { expectArguments } from '../../util/arguments.js';
import { SecateurError } from '../../util/errors.js';
import { expectOneOf, invalid, isFiniteNumber } from '../../util/expect.js';
import { pick } from '../choice.js';
import { type FinetuneOptions, finetune, isLabelled } from '../steps.js';
import type { IntactEvent, SweepEvent, SweepTable } from './events.js';
import { type Keeping, openKeeping, pointFacts } from './journal.js';
import { gatherPoints, measureIntact, pointsProgress, secondsSince } from './points.js';
import { type Trimmer, type TrimOptions, trimmers } from './trim.js';

/** Which criteria take how much. */
export interface SweepOptions extends TrimOptions {
  /** Default {@link defaultCriteria}. Options that only some of them follow count for these. */
  readonly criteria?: readonly CriterionName[];
  /** Shares from 0 to below 1, each taken from the intact network. Default 0, 0.1, ..., 0.9. */
  readonly amounts?: readonly number[];
  /** Whether single weights become 0. Default: whole nodes go. */
  readonly weights?: boolean;
  /** Samples that criteria look at. Default: those that are measured. */
  readonly scoringData?: ScoredData;
  /**
   * Trains every pruned network too, what is cut stays cut, on the samples that criteria look at. Every point then tells
   * what it measures before and after.
   */
  readonly finetune?: FinetuneOptions;
  /** A file that keeps every point: the same call with the same file goes on from there. */
  readonly journal?: string;
}

/** A running sweep. */
export type SweepRun = MeasuringRun<SweepEvent, SweepTable>;

/** What a sweep compares unless it is told. */
export const defaultCriteria: Readonly<Record<'nodes' | 'weights', readonly CriterionName[]>> = {
  nodes: ['l2', 'taylor-second', 'random'],
  weights: ['magnitude', 'random'],
};

/** The shares that curves are drawn through unless told. */
export const defaultAmounts: readonly number[] = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/**
 * Accuracy against sparsity: for each criterion and amount the network without the nodes (or weights) that are worth least,
 * shrunk and measured on all samples. Points come criterion by criterion, in the order of the amounts.
 *
 * @throws SecateurError ERR_ARGUMENT, ERR_SHAPE or ERR_DATA for what does not fit; ERR_NATIVE for an engine that is not
 * there; ERR_ABORTED, while the events are read.
 * @example
 * const { points } = await sweep(network, { x, y }, { criteria: ['l2', 'taylor'], amounts: [0, 0.5, 0.9] }).collect();
 */
export function sweep(network: Network, data: LabelledData, options: SweepOptions = {}): SweepRun {
  expectArguments({ network, options });
  const events = run(network, data, prepare(network, data, options));
  return { [Symbol.asyncIterator]: () => events, collect: () => tabulateSweep(events) };
}

interface Prepared {
  readonly started: number;
  readonly about: Pick<IntactEvent, 'what' | 'cut' | 'scope'>;
  readonly amounts: readonly number[];
  readonly curves: readonly { readonly criterion: CriterionName; readonly score: () => Promise<Trimmer> }[];
  readonly measuring: EvaluateOptions;
  /** Trains the network under a plan. */
  readonly tune: ((plan: PruningPlan) => Promise<Network>) | null;
  /** Opens what was measured before, if anything is to be kept. */
  readonly open: () => Promise<Keeping>;
}

function prepare(network: Network, data: LabelledData, options: SweepOptions): Prepared {
  const started = performance.now();
  const {
    criteria: names,
    amounts = defaultAmounts,
    weights = false,
    scoringData = data,
    finetune: training,
    journal,
    ...trimming
  } = options;
  const what = weights ? 'weights' : 'nodes';
  if (weights && options.cut !== undefined) throw invalid('cut', 'none: single weights become 0', options.cut);
  if (training && !isLabelled(scoringData)) {
    throw invalid('scoringData', 'labelled samples to fine-tune on', 'samples without y');
  }
  const chosen = checkCriteria(names ?? defaultCriteria[what], what, trimming);
  return {
    started,
    about: {
      what,
      cut: weights ? null : expectOneOf('cut', options.cut ?? 'weights', cutPoints),
      scope: expectOneOf('scope', options.scope ?? 'layer', ['layer', 'global']),
    },
    amounts: checkAmounts(amounts),
    curves: chosen.map((criterion) => {
      return { criterion, score: trimmers[what]({ network, data: scoringData, criterion, options: trimming }) };
    }),
    measuring: pick(options, ['engine', 'threads', 'memory', 'signal', 'loss']),
    tune: training ? tunerOf(network, scoringData as LabelledData, { ...options, finetune: training }) : null,
    open: () => openKeeping(journal, () => pointFacts('sweep', network, data, factsOf(options))),
  };
}

/** Trainings go on from a journal of their own, which is gone when they are done. */
function tunerOf(
  network: Network,
  data: LabelledData,
  options: SweepOptions & { readonly finetune: FinetuneOptions },
): (plan: PruningPlan) => Promise<Network> {
  const journal = options.journal === undefined ? {} : { journal: `${options.journal}.tuning` };
  const training = { ...options.finetune, ...pick(options, ['loss', 'signal']), ...journal };
  return async (plan) => {
    const tuned = (await finetune(network, plan, data, training).result()).network;
    if (journal.journal !== undefined) await rm(journal.journal, { force: true });
    return tuned;
  };
}

/** The samples that trainings are judged by stand apart from the options. */
function factsOf({ finetune: training, ...options }: SweepOptions): Parameters<typeof pointFacts>[3] {
  if (training === undefined) return options;
  const { validation, ...rest } = training;
  return { ...options, ...{ finetune: rest }, ...(validation ? { validation } : {}) };
}

/** @throws SecateurError ERR_ARGUMENT for a criterion that cannot be swept, and an option that none of them follows. */
export function checkCriteria(
  names: readonly CriterionName[],
  what: 'nodes' | 'weights',
  options: TrimOptions,
  called = 'criteria',
): readonly CriterionName[] {
  const able = criterionNames.filter((name) => (criteria[name] as Criterion)[what] !== undefined);
  for (const name of names) expectOneOf(called, name, able);
  if (names.length === 0 || new Set(names).size < names.length) {
    throw invalid('criteria', 'different names, at least one', names.join() || 'none');
  }
  const followed: readonly string[] = ['cut', ...names.flatMap((name) => criteria[name].takes)];
  const idle = criterionOptionNames.find((name) => options[name as keyof TrimOptions] && !followed.includes(name));
  if (idle === undefined) return names;
  throw new SecateurError('ERR_ARGUMENT', `none of the criteria ${names.join(', ')} follows option ${idle}`);
}

/** @throws SecateurError ERR_ARGUMENT unless all are shares. */
export function checkAmounts(amounts: readonly number[]): readonly number[] {
  const wrong = amounts.find((amount) => !(isFiniteNumber(amount) && amount >= 0 && amount < 1));
  if (amounts.length > 0 && wrong === undefined) return amounts;
  throw invalid('amounts', 'shares from 0 to below 1', wrong ?? amounts);
}

async function* run(
  network: Network,
  data: LabelledData,
  { started, about, amounts, curves, measuring, tune, open }: Prepared,
): AsyncGenerator<SweepEvent, void, undefined> {
  await using kept = await open();
  const points = curves.length * amounts.length;
  const intact = await kept.keep('baseline', () => measureIntact(network, data, measuring));
  yield { type: 'baseline', schemaVersion: 1, ...about, ...intact };
  let done = 0;
  for (const { criterion, score } of curves) {
    const trimmer = once(score);
    const notice = await kept.keep(criterion, async () => (await trimmer()).notice);
    if (notice !== null) yield { type: 'notice', criterion, notice };
    for (const amount of amounts) {
      const point = await kept.keep(`${criterion} ${amount}`, async () => {
        const { network: left, plan, ...size } = (await trimmer()).trim(amount);
        const { loss, accuracy } = size.removed === 0 ? intact : await evaluate(left, data, measuring);
        const measured = { criterion, amount, loss, accuracy, ...size };
        if (tune === null) return measured;
        const after = await evaluate(await tune(plan()), data, measuring);
        return { ...measured, tuned: pick(after, ['loss', 'accuracy']) };
      });
      yield { type: 'point', ...point };
      yield pointsProgress(started, ++done, points);
    }
  }
  yield { type: 'done', seconds: secondsSince(started) };
}

/** Work that is done when it is first wanted. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}

/**
 * Reads a sweep to its end.
 *
 * @throws SecateurError ERR_ARGUMENT if its events were read before.
 */
export async function tabulateSweep(events: AsyncIterable<SweepEvent>): Promise<SweepTable> {
  const { first, all, seconds } = await gatherPoints<SweepEvent>(events);
  return { ...first('baseline'), points: all('point'), notices: all('notice'), seconds };
}
