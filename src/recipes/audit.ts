import { ablate, type CutPoint, cutPoints, defaultTolerances, type Tolerances } from '../ablation/index.js';
import {
  type Criterion,
  type CriterionName,
  criteria,
  criterionNames,
  lostNotice,
  openPassMemory,
  type PassMemory,
  type ScoreTable,
  scoreSharing,
} from '../criteria/index.js';
import type { LabelledData } from '../data/index.js';
import type { RunOptions } from '../engine/index.js';
import { chooseLayers, type LossName, type Network } from '../network/index.js';
import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import { expectOneOf } from '../util/expect.js';
import { agreement } from './agreement.js';
import type {
  AblatedLayer,
  AuditDoneEvent,
  AuditEvent,
  AuditRow,
  AuditRun,
  AuditStartEvent,
  AuditTable,
  SkippedCriterion,
} from './auditEvents.js';
import type { CriterionNotice } from './sweep/events.js';
import { judge } from './verdict.js';

const rowOf = (name: CriterionName): Criterion => criteria[name];
const ofNodes = criterionNames.filter((name) => rowOf(name).nodes !== undefined);

/** Criteria that cost less than measuring: all that score nodes and knock none out. */
export const cheapCriteria: readonly CriterionName[] = ofNodes.filter(
  (name) => !rowOf(name).needs.includes('ablation'),
);

/** Which criteria are held against which knock-outs. */
export interface AuditOptions extends RunOptions {
  /** Default: {@link cheapCriteria}. */
  readonly criteria?: readonly CriterionName[];
  /** Names of the layers; default every hidden dense and convolution layer. */
  readonly layers?: readonly string[];
  /** Where nodes are cut by the ablation that the criteria are held against; default `weights`. */
  readonly cut?: CutPoint;
  /** Default: the model's own, else by its head and the targets. */
  readonly loss?: LossName;
}

/**
 * Holds criteria against exact ablation on a network and samples of your own: every node is knocked out once, then every
 * criterion scores them all, and each layer's scores are compared with what ablation found. Criteria that need the same
 * pass over the samples share it.
 *
 * @throws SecateurError ERR_ARGUMENT, ERR_SHAPE or ERR_DATA for what does not fit; ERR_NATIVE for an engine that is not
 * there; ERR_ABORTED, while the events are read.
 * @example
 * const { rows, verdict } = await audit(network, { x, y }).collect();
 */
export function audit(network: Network, data: LabelledData, options: AuditOptions = {}): AuditRun {
  expectArguments({ network, options });
  const asked = (options.criteria ?? cheapCriteria).map((name) => expectOneOf('criteria', name, ofNodes));
  expectOneOf('cut', options.cut ?? 'weights', cutPoints);
  chooseLayers(network, options.layers);
  const events = run(network, data, [...new Set(asked)], options);
  return { [Symbol.asyncIterator]: () => events, collect: () => tabulateAudit(events) };
}

/** Changes within these count as no change: no sign of a score is wrong there. */
const noChange: Tolerances = defaultTolerances;

async function* run(
  network: Network,
  data: LabelledData,
  names: readonly CriterionName[],
  options: AuditOptions,
): AsyncGenerator<AuditEvent, void, undefined> {
  const started = performance.now();
  const { criteria: _chosen, cut = 'weights', ...shared } = options;
  const { start, truth } = yield* measure(network, data, { ...shared, cut });
  yield start;
  const layers = [...truth].map(([layer, worths]) => ({ layer, worths }));
  for (const layer of layers) yield { type: 'ablated', ...layer };
  const rows: AuditRow[] = [];
  const passes = openPassMemory();
  for (const [i, criterion] of names.entries()) {
    const table = await scored(network, data, { ...shared, criterion }, passes);
    if ('reason' in table) yield { type: 'skipped', ...table };
    else {
      const own = compare(criterion, table, truth);
      rows.push(...own);
      for (const row of own) yield { type: 'audit', ...row };
      const notice = lostNotice(table);
      if (notice !== null) yield { type: 'notice', criterion, notice };
    }
    yield { type: 'progress', what: 'auditing', done: i + 1, of: names.length };
  }
  const seconds = (performance.now() - started) / 1000;
  yield { type: 'done', ...judge(rows, layers, start.ablationSeconds), seconds };
}

/** What each node of a layer is worth, by exact ablation: `-change`. */
type Truth = ReadonlyMap<string, readonly number[]>;

async function* measure(
  network: Network,
  data: LabelledData,
  options: Omit<AuditOptions, 'criteria'> & { readonly cut: CutPoint },
): AsyncGenerator<AuditEvent, { start: AuditStartEvent; truth: Truth }, undefined> {
  const truth = new Map<string, number[]>();
  let start: AuditStartEvent | undefined;
  for await (const event of ablate(network, data, options)) {
    if (event.type === 'progress') yield { type: 'progress', what: 'ablating', done: event.done, of: event.of };
    else if (event.type === 'node') truth.set(event.layer, [...(truth.get(event.layer) ?? []), 0 - event.change]);
    else if (event.type === 'baseline') {
      const { samples, cut, lossName, engine, notice } = event;
      start = { type: 'start', schemaVersion: 1, samples, cut, lossName, engine, notice, ablationSeconds: 0 };
    } else if (event.type === 'done') start = { ...start!, ablationSeconds: event.seconds };
  }
  return { start: start!, truth };
}

/** The scores of a criterion, or why it gives none: it says nothing about these layers, or this loss. */
async function scored(
  network: Network,
  data: LabelledData,
  options: Parameters<typeof scoreSharing>[2],
  passes: PassMemory,
): Promise<ScoreTable | SkippedCriterion> {
  try {
    return await scoreSharing(network, data, options, passes);
  } catch (error) {
    if (error instanceof SecateurError && error.code === 'ERR_ARGUMENT') {
      return { criterion: options.criterion, reason: error.message };
    }
    throw error;
  }
}

function compare(criterion: CriterionName, { layers, seconds, keep, signed }: ScoreTable, truth: Truth): AuditRow[] {
  return layers.map(({ layer, scores: own }) => {
    const worth = truth.get(layer) ?? [];
    const oriented = keep === 'high' ? own : own.map((score) => 0 - score);
    const agrees = agreement(oriented, worth, signed ? noChange : null);
    return { criterion, layer, nodes: own.length, ...agrees, seconds, scores: own };
  });
}

/**
 * Reads an audit to its end.
 *
 * @throws SecateurError ERR_ARGUMENT if its events were read before.
 */
export async function tabulateAudit(events: AsyncIterable<AuditEvent>): Promise<AuditTable> {
  expectArguments({ events });
  const layers: AblatedLayer[] = [];
  const rows: AuditRow[] = [];
  const skipped: SkippedCriterion[] = [];
  const notices: CriterionNotice[] = [];
  let start: Omit<AuditStartEvent, 'type'> | undefined;
  let done: Omit<AuditDoneEvent, 'type'> | undefined;
  for await (const { type, ...event } of events) {
    if (type === 'start') start = event as Omit<AuditStartEvent, 'type'>;
    else if (type === 'ablated') layers.push(event as AblatedLayer);
    else if (type === 'audit') rows.push(event as AuditRow);
    else if (type === 'skipped') skipped.push(event as SkippedCriterion);
    else if (type === 'notice') notices.push(event as CriterionNotice);
    else if (type === 'done') done = event as Omit<AuditDoneEvent, 'type'>;
  }
  if (!start || !done) throw new SecateurError('ERR_ARGUMENT', 'the events of this run were read before');
  return { ...start, layers, rows, skipped, notices, ...done };
}
