import type { MeasuringRun } from '../../ablation/index.js';
import type { LabelledData } from '../../data/index.js';
import { type EvaluateOptions, evaluate } from '../../engine/index.js';
import { type CutPoint, chooseLayers, cutPoints, type Network, nodeCount, summarize } from '../../network/index.js';
import {
  coupledLayers,
  createPlan,
  expectRemovable,
  growingSelection,
  type PruningPlan,
  shrinkNetwork,
} from '../../pruning/index.js';
import { expectArguments } from '../../util/arguments.js';
import { expectFinite, expectOneOf, expectPositiveInteger, invalid } from '../../util/expect.js';
import { carryOut } from '../carryOut.js';
import { pick } from '../choice.js';
import type { PointsProgressEvent } from '../sweep/events.js';
import { type Keeping, openKeeping, pointFacts } from '../sweep/journal.js';
import { gatherPoints, measureIntact, secondsSince } from '../sweep/points.js';
import { type Clock, expectBudgetMs, onnxruntimeClock } from '../withinTime.js';
import type { FloorTest, SearchChoice, SearchEvent, SearchGoal, SearchPoint, SearchTable } from './events.js';
import { expectRightOrWrong, fixedSequence, openJudge, type Paired } from './floor.js';
import { type Place, placeAt, startOf, takeStep, type Walking } from './walk.js';

/** What a search is for, and how it goes. */
export interface SearchOptions extends EvaluateOptions {
  /** So many parameters are left at most; below 1, a share of them. One of the budgets at most. */
  readonly budgetParameters?: number;
  /** The same for multiply-accumulates for one sample. */
  readonly budgetMacs?: number;
  /** Milliseconds of a pass of one sample in onnxruntime, on one thread of this machine; see `prune`. */
  readonly budgetMs?: number;
  /** Accuracy that may be lost, as a share of all samples: the floor is the intact network's accuracy less this. */
  readonly drop?: number;
  /** Samples that the floor is held on; no others may have seen them. Needed with `drop`. */
  readonly validation?: LabelledData;
  /** With which probability the floor is true, for samples drawn like those. Default 0.95. */
  readonly confidence?: number;
  /** Without a budget, what is to be saved. Default `parameters`. */
  readonly cost?: 'parameters' | 'macs';
  /** The share of the cost that a round saves, all of its nodes judged at once; 0 takes them one by one. Default 0.05. */
  readonly step?: number;
  /** Names of the layers that may lose nodes. Default: all hidden ones. */
  readonly layers?: readonly string[];
  /** Nodes that are left of each layer. Default 1. */
  readonly minimum?: number;
  /** Where nodes are cut. Default `weights`. */
  readonly cut?: CutPoint;
  /** A file that keeps every round: the same call with the same file goes on from there. */
  readonly journal?: string;
}

/** A running search: events to be read once, or all of it as a table. */
export type SearchRun = MeasuringRun<SearchEvent, SearchTable>;

/**
 * Searches how much each layer should lose: for a budget, for a floor under the accuracy, or both. Round by round every
 * group of nodes that is left is knocked out, exactly, and those go whose loss grows least for what they save. Then the
 * rounds are held against the floor on samples that the search has not seen, from the largest network to the smallest, each
 * by a paired test, until one fails; the last that holds is chosen. All that held do so together with the confidence asked
 * for: the order was fixed before, and the first round that is wrong to hold is the only one that can be wrong first (the
 * fixed sequence of Maurer, Hothorn & Lehmacher 1995; "Learn then test", Angelopoulos et al. 2021).
 *
 * @throws SecateurError ERR_ARGUMENT, ERR_SHAPE or ERR_DATA for what does not fit, a budget out of reach among it;
 * ERR_BACKEND without onnxruntime for a budget of time; ERR_NATIVE for an engine that is not there; ERR_ABORTED.
 * @example
 * const { chosen } = await search(network, { x, y }, { budgetMacs: 0.5 }).collect();
 * const { network: small } = shrinkNetwork(network, chosen.plan);
 */
export function search(network: Network, data: LabelledData, options: SearchOptions): SearchRun {
  expectArguments({ network, options });
  const events = run(prepare(network, data, options));
  return { [Symbol.asyncIterator]: () => events, collect: () => tabulateSearch(events) };
}

interface Prepared {
  readonly started: number;
  readonly walking: Walking;
  readonly options: SearchOptions;
  readonly goal: SearchGoal;
  readonly clock: Clock | null;
  readonly measuring: EvaluateOptions;
  readonly open: () => Promise<Keeping>;
}

const budgets = {
  budgetParameters: 'parameters',
  budgetMacs: 'macs',
  budgetMs: 'milliseconds',
} as const satisfies Record<string, SearchGoal['cost']>;

function prepare(network: Network, data: LabelledData, options: SearchOptions): Prepared {
  const started = performance.now();
  const cut = expectOneOf('cut', options.cut ?? 'weights', cutPoints);
  expectRemovable(network, options.layers);
  const goal = goalOf(network, options);
  const measuring = pick(options, ['engine', 'threads', 'memory', 'signal', 'loss']);
  const step = expectFinite('step', options.step ?? 0.05);
  if (step < 0 || step >= 1) throw invalid('step', 'a share from 0 to below 1', step);
  const walking: Walking = {
    network,
    data,
    layers: new Set(chooseLayers(network, options.layers).map(({ name }) => name)),
    minimum: expectPositiveInteger('minimum', options.minimum ?? 1),
    cost: goal.cost === 'milliseconds' ? 'macs' : goal.cost,
    measuring: { ...measuring, cut },
    made: madeOf(options, cut),
  };
  return {
    started,
    walking,
    options: { ...options, step },
    goal,
    clock: goal.cost === 'milliseconds' ? onnxruntimeClock(options.signal) : null,
    measuring,
    open: () => openKeeping(options.journal, () => pointFacts('search', network, data, options)),
  };
}

/** @throws SecateurError ERR_ARGUMENT unless there is something to search for, and samples to hold a floor on. */
function goalOf(network: Network, options: SearchOptions): SearchGoal {
  const given = (Object.keys(budgets) as (keyof typeof budgets)[]).filter((name) => options[name] !== undefined);
  const { drop, validation, confidence, cost, loss } = options;
  if (given.length > 1 || (given.length === 0 && drop === undefined)) {
    throw invalid(
      'options',
      `one of ${Object.keys(budgets).join(', ')}, or drop`,
      given.join(' and ') || 'none of them',
      { hint: 'say what to find: budgetMacs 0.5 leaves half of them, drop 0.01 loses one answer of 100' },
    );
  }
  const [name] = given;
  if (name !== undefined && cost !== undefined) throw invalid('cost', `none: ${name} says what is saved`, cost);
  if ((drop === undefined) !== (validation === undefined)) {
    throw invalid('options', 'drop and validation samples, or neither', drop === undefined ? 'no drop' : 'no samples');
  }
  if (drop === undefined && confidence !== undefined) {
    throw invalid('confidence', 'none: no floor is held', confidence, { hint: 'add drop, or leave it out' });
  }
  if (validation !== undefined) expectRightOrWrong(network, validation, loss);
  return {
    cost: name === undefined ? expectOneOf('cost', cost ?? 'parameters', ['parameters', 'macs']) : budgets[name],
    budget: name === undefined ? null : limitOf(network, name, options[name]),
    drop: drop === undefined ? null : expectShare('drop', drop, 0),
    confidence: drop === undefined ? null : expectShare('confidence', confidence ?? 0.95, 0.5),
  };
}

function limitOf(network: Network, name: keyof typeof budgets, budget: unknown): number {
  const cost = budgets[name];
  if (cost === 'milliseconds') return expectBudgetMs(budget);
  const value = expectFinite(name, budget);
  if (value < 0 || (value > 1 && !Number.isInteger(value))) {
    throw invalid(name, 'a share from 0 to below 1, or a whole number', value);
  }
  return value < 1 ? value * summarize(network)[cost] : value;
}

function expectShare(name: string, value: number, least: number): number {
  if (expectFinite(name, value) >= least && value < 1) return value;
  throw invalid(name, `a number from ${least} to below 1`, value);
}

/** What stands in the plan about its origin. */
function madeOf(options: SearchOptions, cut: CutPoint): PruningPlan['made'] {
  const { signal: _signal, engine: _engine, threads: _threads, memory: _memory, ...rest } = options;
  const { journal: _journal, validation: _validation, ...said } = rest;
  return { criterion: 'ablation', search: true, ...said, cut };
}

async function* run(prepared: Prepared): AsyncGenerator<SearchEvent, void, undefined> {
  const { started, walking, options, goal, measuring, open } = prepared;
  const { network, data } = walking;
  await using kept = await open();
  const intact = await kept.keep('baseline', () => measureIntact(network, data, measuring));
  const about = { what: 'nodes', cut: walking.measuring.cut, scope: 'global' } as const;
  yield { type: 'baseline', schemaVersion: 1, ...about, ...intact, goal };
  for (const { layers, stays } of coupledLayers(network, options.layers)) {
    if (stays !== null) yield { type: 'refused', layer: layers.join(' + '), reason: stays };
  }
  await expectReachable(prepared, kept);
  const rounds: Round[] = [];
  const progress = progressTeller();
  for await (const told of walk(prepared, kept, intact)) {
    if ('point' in told) {
      rounds.push(told);
      yield { type: 'point', ...told.point };
    }
    const [all, left] = [rounds[0]!.point, rounds.at(-1)!.point].map((point) => point[goal.cost]!) as [number, number];
    const event = progress('left' in told ? told.left : left / all, (goal.budget ?? 0) / all);
    if (event !== null) yield event;
  }
  const tests: FloorTest[] = [];
  for await (const test of testRounds(prepared, kept, rounds)) {
    tests.push(test);
    yield { type: 'test', ...test };
  }
  yield { type: 'chosen', ...(await chosenOf(prepared, rounds, tests)) };
  yield { type: 'done', seconds: secondsSince(started) };
}

/** A point and how to get there. */
interface Round {
  readonly plan: PruningPlan;
  readonly point: SearchPoint;
}

/** @throws SecateurError ERR_ARGUMENT if even without all that may go the network is beyond the budget. */
async function expectReachable(prepared: Prepared, kept: Keeping): Promise<void> {
  const { walking, goal } = prepared;
  const { network, layers, minimum } = walking;
  if (goal.budget === null) return;
  const scored = network.layers
    .filter(({ name }) => layers.has(name))
    .flatMap((layer) => Array.from({ length: nodeCount(layer) }, (_, node) => ({ layer: layer.name, node, score: 0 })));
  const { steps, at } = growingSelection(network, scored, { keep: 'high', scope: 'global', minimum });
  const least = shrinkNetwork(network, createPlan(network, at(steps), { cut: 'zero' })).network;
  expectWithin(goal, await kept.keep('least', () => costOf(prepared, least)));
}

function expectWithin({ cost, budget }: SearchGoal, least: number): void {
  if (least <= budget!) return;
  const name = Object.entries(budgets).find(([, own]) => own === cost)![0];
  throw invalid(name, `at least ${least}, the least that can be left`, budget);
}

const costOf = async ({ goal, clock }: Prepared, network: Network): Promise<number> =>
  goal.cost === 'milliseconds' ? await clock!(network) : summarize(network)[goal.cost];

/** How much of a search is done where a share of the cost is left; smaller networks have fewer nodes, and cheaper ones. */
const workUntil = (left: number): number => 1 - left ** 2.5;

/** Tells from the shares that are left now and at the end how long it will take; null before anything is done. */
function progressTeller(): (left: number, goal: number) => PointsProgressEvent | null {
  const started = performance.now();
  let first: number | null = null;
  let least = 1;
  return (now, goal) => {
    const left = Math.min(now, least);
    least = left;
    first ??= workUntil(left);
    const [done, of] = [workUntil(left), workUntil(Math.min(goal, left))];
    if (done <= first) return null;
    const seconds = secondsSince(started);
    const eta = (seconds * (of - done)) / (done - first);
    return { type: 'progress', done: 1 - left, of: 1 - Math.min(goal, left), seconds, eta };
  };
}

/** All rounds, the intact network first, and between them the share of the cost that is left. */
async function* walk(
  prepared: Prepared,
  kept: Keeping,
  intact: { readonly accuracy: number | null },
): AsyncGenerator<Round | { readonly left: number }> {
  const { walking, goal } = prepared;
  let place = placeAt(walking, startOf(walking));
  for (let round = 0; ; round++) {
    const point = await kept.keep(`round ${round}`, () => measured(prepared, place, round));
    yield { plan: place.plan, point };
    if (isOver(goal, point, intact.accuracy)) return;
    const saving = savingOf(prepared, point);
    const step = kept.keepTelling(`plan ${round + 1}`, () => takeStep(walking, place, saving));
    const plan = yield* leftAfter(step, point[walking.cost], saving, summarize(walking.network)[walking.cost]);
    if (plan === null) {
      if (goal.budget !== null) expectWithin(goal, point[goal.cost]!);
      return;
    }
    place = placeAt(walking, plan);
  }
}

/** What of the whole cost is left while a step is on its way that saves some of it. */
async function* leftAfter(
  step: AsyncGenerator<number, PruningPlan | null>,
  now: number,
  saving: number,
  all: number,
): AsyncGenerator<{ readonly left: number }, PruningPlan | null> {
  for (;;) {
    const { done, value } = await step.next();
    if (done) return value;
    yield { left: (now - value * saving) / all };
  }
}

/** Whether a walk has come to its end: within the budget, or where the samples of the search are below the floor. */
function isOver({ cost, budget, drop }: SearchGoal, point: SearchPoint, intact: number | null): boolean {
  return budget === null ? point.accuracy! < intact! - drop! : point[cost]! <= budget;
}

/** What the next round should save, in the cost that nodes are told by: no more than is left to save. */
function savingOf({ walking, goal, options }: Prepared, point: SearchPoint): number {
  const all = summarize(walking.network)[walking.cost];
  const now = point[goal.cost]!;
  const over = goal.budget === null ? 1 : (now - goal.budget) / now;
  return Math.min(options.step! * all, over * point[walking.cost]);
}

async function measured(prepared: Prepared, { plan, network, left }: Place, round: number): Promise<SearchPoint> {
  const { walking, measuring, goal } = prepared;
  const { parameters, macs } = summarize(network);
  const { loss, accuracy } = await evaluate(network, walking.data, measuring);
  const layers = walking.network.layers
    .filter(({ name }) => walking.layers.has(name) || plan.nodes.some(({ layer }) => layer === name))
    .map((layer) => ({ layer: layer.name, removed: nodeCount(layer) - left.get(layer.name)!, of: nodeCount(layer) }));
  const removed = layers.reduce((sum, own) => sum + own.removed, 0);
  const amount = removed / layers.reduce((sum, own) => sum + own.of, 0);
  const milliseconds = goal.cost === 'milliseconds' ? await costOf(prepared, network) : null;
  return { criterion: 'ablation', round, amount, removed, layers, parameters, macs, milliseconds, loss, accuracy };
}

/** Rounds on the front against the floor, from the largest network on, up to the first that fails. */
async function* testRounds(
  { walking, options, goal, measuring }: Prepared,
  kept: Keeping,
  rounds: readonly Round[],
): AsyncGenerator<FloorTest> {
  const { drop, confidence } = goal;
  if (drop === null || confidence === null) return;
  const judge = await openJudge(walking.network, options.validation!, measuring);
  const front = new Set(frontOf(rounds.map(({ point }) => point)));
  const compared = rounds.filter(({ point }) => point.round > 0 && front.has(point.round));
  const compare = ({ plan, point }: Round): Promise<Paired> =>
    kept.keep(`test ${point.round}`, () => judge(placeAt(walking, plan).network));
  for await (const { of, ...test } of fixedSequence(compared, compare, { drop, confidence })) {
    yield { round: of.point.round, ...test };
  }
}

/** The rounds that no later, smaller one beats in loss. */
function frontOf(points: readonly SearchPoint[]): number[] {
  let least = Number.POSITIVE_INFINITY;
  const front: number[] = [];
  for (const { loss, round } of points.toReversed()) {
    if (loss < least) front.unshift(round);
    least = Math.min(least, loss);
  }
  return front;
}

/** The last round, or with a floor the last that holds; the intact network if none does. */
async function chosenOf(
  { walking, options, goal, measuring }: Prepared,
  rounds: readonly Round[],
  tests: readonly FloorTest[],
): Promise<SearchChoice> {
  const { budget, drop, cost } = goal;
  const round = drop === null ? rounds.length - 1 : (tests.findLast(({ holds }) => holds)?.round ?? 0);
  const { plan, point } = rounds[round]!;
  const data = options.validation ?? walking.data;
  const { certificate, notices } = await carryOut(walking.network, plan, { ...measuring, data });
  return { round, reached: budget === null || point[cost]! <= budget, plan, certificate, notices };
}

/** Reads a search to its end. @throws SecateurError ERR_ARGUMENT if its events were read before. */
export async function tabulateSearch(events: AsyncIterable<SearchEvent>): Promise<SearchTable> {
  const { first, all, seconds } = await gatherPoints<SearchEvent>(events);
  const points = all('point');
  const lists = { points, front: frontOf(points), tests: all('test'), refused: all('refused') };
  return { ...first('baseline'), ...lists, chosen: first('chosen'), seconds };
}
