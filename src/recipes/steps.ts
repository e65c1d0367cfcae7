import { rm } from 'node:fs/promises';
import type { ScoredData } from '../criteria/index.js';
import type { LabelledData } from '../data/index.js';
import { measuredDigest, measuredLike, type Network } from '../network/index.js';
import {
  amountsOf,
  composePlans,
  heldBy,
  maskNetwork,
  type PruningPlan,
  rebasePlan,
  type ScheduleName,
} from '../pruning/index.js';
import { digestOf, type Journal, type JournalFacts, openJournal } from '../run/index.js';
import {
  type EpochEvent,
  type TrainingEvent,
  type TrainingRun,
  type TrainOptions,
  trainNetwork,
} from '../training/index.js';
import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import { type Choice, type ChoiceOptions, choose, pick } from './choice.js';
import { packWeights, unpackWeights } from './packedWeights.js';

/** How a masked network is trained: what is cut stays cut. */
export type FinetuneOptions = Omit<TrainOptions, 'hold' | 'freeze' | 'journal' | 'loss' | 'signal'>;

export interface StepOptions extends ChoiceOptions {
  /** How the share grows from step to step; `amount` is the last one. Scores are taken anew at every step. */
  readonly schedule?: ScheduleName;
  /** Default 1. */
  readonly steps?: number;
  /** Trains the masked network after every step. */
  readonly finetune?: FinetuneOptions;
  /**
   * The same network with the weights of an earlier time: what a step leaves begins with them again (Frankle & Carbin, "The
   * lottery ticket hypothesis", 2019).
   */
  readonly rewind?: Network;
  /** A file that keeps every step and every epoch: the same call goes on from there and ends with the same bytes. */
  readonly journal?: string;
  /** Told while the pruning runs. */
  readonly onEvent?: (event: PruningEvent) => void;
}

/**
 * Masks a network and trains what is left: planned weights stay 0 and planned nodes cut, to the last bit, through every step.
 *
 * @returns the run of `trainNetwork`, on the masked network.
 * @throws SecateurError ERR_DATA or ERR_ARGUMENT for a plan that is not this network's; else as `trainNetwork`.
 * @example
 * const { network: tuned } = await finetune(network, plan, { x, y }, { epochs: 3 }).result();
 * const { network: small } = shrinkNetwork(tuned, rebasePlan(plan, tuned));
 */
export function finetune(
  network: Network,
  plan: PruningPlan,
  data: LabelledData,
  options: Omit<TrainOptions, 'hold' | 'freeze'> = {},
): TrainingRun {
  expectArguments({ options });
  return trainNetwork(maskNetwork(network, plan), data, { ...options, ...heldBy(network, plan) });
}

/** What happens at step `step` of `of`, which count from 1: its plan, then what its training tells. */
export type PruningEvent = { readonly step: number; readonly of: number } & (
  | { readonly type: 'plan'; readonly amount: number | null; readonly nodes: number; readonly weights: number }
  | { readonly type: 'training'; readonly event: TrainingEvent }
);

/** One step of a pruning: the share that it was to reach (null where none was said) and how its training went. */
export interface PruningStep {
  readonly amount: number | null;
  readonly history: readonly EpochEvent[];
}

/** All that goes, in the numbering of the original network. */
export interface PlannedInSteps {
  readonly plan: PruningPlan;
  /** The masked network with the weights that training or rewinding gave it; null if they are the original's. */
  readonly tuned: Network | null;
  readonly steps: readonly PruningStep[];
  readonly notices: readonly string[];
}

/**
 * Plans in one step or several, each on the network that the one before has left.
 *
 * @throws SecateurError as `choose` and `trainNetwork`; ERR_ARGUMENT for steps that make no sense.
 */
export async function planInSteps(
  network: Network,
  data: ScoredData | null,
  options: StepOptions,
  made: PruningPlan['made'],
): Promise<PlannedInSteps> {
  const { journal: path } = options;
  const amounts = amountsIn(options);
  checkTraining(network, data, options);
  await using journal = path === undefined ? null : await openJournal(path, factsOf(network, data, options));
  const job: Job = { network, data, options, made, journal, of: amounts.length };
  let at: State = { current: network, plan: null, tuned: null };
  const steps: PruningStep[] = [];
  const notices = new Set<string>();
  for (const [i, amount] of amounts.entries()) {
    const done = await runStep(job, at, i + 1, amount);
    at = done.state;
    steps.push({ amount, history: done.history });
    for (const notice of done.notices) notices.add(notice);
  }
  return { plan: at.plan!, tuned: at.tuned, steps, notices: [...notices] };
}

interface Job {
  readonly network: Network;
  readonly data: ScoredData | null;
  readonly options: StepOptions;
  readonly made: PruningPlan['made'];
  readonly journal: Journal | null;
  readonly of: number;
}

interface State {
  /** The network as the last step has left it. */
  readonly current: Network;
  readonly plan: PruningPlan | null;
  readonly tuned: Network | null;
}

/** The share of each step; null where the other options say how much goes. */
function amountsIn({ schedule, steps, amount, finetune }: StepOptions): (number | null)[] {
  if (schedule === undefined && steps === undefined) return [null];
  if (amount === undefined || amount >= 1) {
    throw new SecateurError('ERR_ARGUMENT', 'steps grow towards a share: amount below 1', {
      hint: 'leave schedule and steps out where a threshold, a budget, a number or a pattern says what goes',
    });
  }
  const amounts = amountsOf({ schedule: schedule ?? 'linear', steps: steps ?? 1, to: amount });
  return schedule === 'oneshot' && finetune === undefined ? amounts.slice(0, 1) : amounts;
}

function checkTraining(network: Network, data: ScoredData | null, { finetune, rewind }: StepOptions): void {
  if (finetune !== undefined && !isLabelled(data)) {
    throw new SecateurError('ERR_ARGUMENT', 'fine-tuning needs labelled samples', {
      hint: 'give data { x, y }; on the command line --data or --dataset',
    });
  }
  if (rewind === undefined) return;
  const shapes = ({ layers }: Network): string =>
    JSON.stringify(layers.map(({ name, kind, inputs, outputShape }) => [name, kind, inputs, outputShape]));
  if (shapes(rewind) !== shapes(network)) {
    throw new SecateurError('ERR_ARGUMENT', 'rewind: its layers are not those of the network', {
      hint: 'give the same network at an earlier time, such as the initial one',
    });
  }
}

export const isLabelled = (data: ScoredData | null): data is LabelledData => data?.y !== undefined;

async function runStep(
  job: Job,
  { current, plan: before }: State,
  step: number,
  amount: number | null,
): Promise<{ state: State; history: readonly EpochEvent[]; notices: readonly string[] }> {
  const { network, options, of } = job;
  const { finetune, rewind, onEvent } = options;
  const { plan, notices } = await planStep(job, current, before, step, amount);
  const nodes = plan.nodes.reduce((sum, { nodes: own }) => sum + own.length, 0);
  const weights = (plan.weights ?? []).reduce((sum, { count }) => sum + count, 0);
  onEvent?.({ type: 'plan', step, of, amount, nodes, weights });
  const start = rewind ? measuredLike(rewind, current) : current;
  const masked = maskNetwork(start, rebasePlan(plan, start));
  if (finetune === undefined) {
    return { state: { current: masked, plan, tuned: rewind ? masked : null }, history: [], notices };
  }
  const { tuned, history } = await tune(job, masked, heldBy(network, plan), step);
  return { state: { current: tuned, plan, tuned }, history, notices };
}

/** What is gone after a step, in the numbering of the original network and for it. */
async function planStep(
  { network, data, options, made, journal }: Job,
  current: Network,
  before: PruningPlan | null,
  step: number,
  amount: number | null,
): Promise<Choice> {
  const key = `plan ${step}`;
  const kept = journal?.get(key) as Choice | undefined;
  if (kept !== undefined) return kept;
  const wanted = amount === null ? options : { ...options, amount };
  const { plan: own, notices } = await choose(current, data, choiceOf(wanted), made, before);
  const now = rebasePlan(own, network);
  // A node that went before keeps the value that it had then.
  const plan = before === null ? now : { ...composePlans(now, before), made };
  await journal?.put(key, { plan, notices });
  return { plan, notices };
}

const ownOptions: readonly string[] = ['schedule', 'steps', 'finetune', 'rewind', 'journal', 'onEvent'];

const choiceOf = (options: StepOptions): ChoiceOptions =>
  Object.fromEntries(
    Object.entries(options).filter(([name]) => !ownOptions.includes(name)),
  ) as unknown as ChoiceOptions;

interface Tuned {
  readonly tuned: Network;
  readonly history: readonly EpochEvent[];
}

async function tune(
  { data, options, journal, of }: Job,
  masked: Network,
  held: ReturnType<typeof heldBy>,
  step: number,
): Promise<Tuned> {
  const key = `network ${step}`;
  const kept = journal?.get(key) as { weights: unknown; history: readonly EpochEvent[] } | undefined;
  if (kept !== undefined) return { tuned: unpackWeights(masked, kept.weights), history: kept.history };
  const epochs = options.journal === undefined ? undefined : `${options.journal}.step${step}`;
  const run = trainNetwork(masked, data as LabelledData, {
    ...options.finetune,
    ...held,
    ...pick(options, ['loss', 'signal']),
    ...(epochs === undefined ? {} : { journal: epochs }),
  });
  for await (const event of run) options.onEvent?.({ type: 'training', step, of, event });
  const { network: tuned, history } = await run.result();
  await journal?.put(key, { weights: packWeights(tuned), history });
  if (epochs !== undefined) await rm(epochs, { force: true });
  return { tuned, history };
}

function factsOf(network: Network, data: ScoredData | null, options: StepOptions): JournalFacts {
  const {
    signal: _signal,
    threads: _threads,
    memory: _memory,
    journal: _journal,
    onEvent: _onEvent,
    ...said
  } = options;
  const { rewind, finetune, ...rest } = said;
  const { validation, ...training } = finetune ?? {};
  return {
    run: 'prune',
    network: measuredDigest(network),
    rewind: rewind === undefined ? null : measuredDigest(rewind),
    samples: [data, validation ?? null].map((samples) => (samples === null ? null : digestOfSamples(samples))),
    options: rest,
    finetune: finetune === undefined ? null : training,
  };
}

const digestOfSamples = ({ x, y, scale = 1 }: ScoredData): string => digestOf(x, String(scale), y ?? '');
