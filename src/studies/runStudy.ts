import { SecateurError } from '../util/errors.js';
import { expectOneOf, expectPositiveInteger } from '../util/expect.js';
import { expectSeed } from '../util/random.js';
import type { CellVerdict, ComparedCell } from './compare.js';
import { countVerdicts } from './compare.js';
import type { DoneTrial, Json, Publication, Study, StudySettings } from './study.js';
import { type StudyName, studies, studyNames } from './table.js';
import { runTrials } from './trials.js';

export interface StudyOptions {
  /** Repetitions of each block; default as many as were published. */
  readonly trials?: number;
  /** A few minutes on embedded data instead of the published scale. */
  readonly quick?: boolean;
  /** With every quirk of the published experiment. */
  readonly asPublished?: boolean;
  /** Base of all seeds, default 0. */
  readonly seed?: number;
  /** The study's own options, by the names in their flags. */
  readonly options?: Readonly<Record<string, Json>>;
  /** Trials at a time, each in a process of its own; default 1, in this process. */
  readonly jobs?: number;
  readonly signal?: AbortSignal;
}

/** What is about to run; always the first event. */
export interface StudyStartEvent {
  readonly type: 'start';
  readonly schemaVersion: 1;
  readonly study: StudyName;
  readonly title: string;
  readonly trials: number;
}

/** Some of a trial is done: `done` trials out of `of`, parts of running ones included. */
export interface StudyProgressEvent {
  readonly type: 'progress';
  readonly what: string;
  readonly done: number;
  readonly of: number;
  readonly seconds: number;
  readonly eta: number;
}

/** A trial is over. With several jobs trials do not end in their order. */
export interface StudyTrialEvent {
  readonly type: 'trial';
  /** Place among all trials. */
  readonly trial: number;
  readonly label: string;
  readonly seconds: number;
}

export interface StudyDoneEvent {
  readonly type: 'done';
  readonly seconds: number;
  readonly verdicts: Readonly<Record<CellVerdict, number>>;
}

export type StudyEvent =
  | StudyStartEvent
  | StudyProgressEvent
  | StudyTrialEvent
  | ({ readonly type: 'cell' } & ComparedCell)
  | StudyDoneEvent;

/** All that a study has found, without anything that depends on the clock. */
export interface StudyReport extends Publication {
  readonly schemaVersion: 1;
  readonly study: StudyName;
  readonly title: string;
  readonly source: string;
  readonly settings: StudySettings;
  readonly trials: readonly DoneTrial<Json, Json>[];
  readonly verdicts: Readonly<Record<CellVerdict, number>>;
}

/** A run: read its events once with `for await`, or wait for its report. Nothing is computed before. */
export interface StudyRun extends AsyncIterable<StudyEvent> {
  /** @throws SecateurError ERR_ABORTED if the reading of the events was given up before. */
  report(): Promise<StudyReport>;
}

/**
 * Runs a published study: its trials, then its tables, with the published numbers beside ours. The report depends on the
 * study and its settings alone, not on the number of jobs.
 *
 * @throws SecateurError ERR_ARGUMENT for a study, an option or a number that is none; what a trial throws; ERR_ABORTED.
 * @example
 * const { cells } = await runStudy('ablation-importance', { quick: true }).report();
 */
export function runStudy(name: StudyName, options: StudyOptions = {}): StudyRun {
  const study: Study = studies[expectOneOf('study', name, studyNames)];
  const settings = settle(study, options);
  const jobs = expectPositiveInteger('jobs', options.jobs ?? 1);
  const finished: { report?: StudyReport } = {};
  const events = run({ name, study, settings, jobs, signal: options.signal }, finished);
  return {
    [Symbol.asyncIterator]: () => events,
    report: async () => {
      for await (const _ of events);
      if (finished.report !== undefined) return finished.report;
      throw new SecateurError('ERR_ABORTED', 'the study was left before its end', {
        hint: 'read its events to the end, or only wait for its report',
      });
    },
  };
}

function settle(study: Study, { trials, quick, asPublished, seed, options = {} }: StudyOptions): StudySettings {
  for (const name of Object.keys(options)) expectOneOf('options', name, Object.keys(study.options));
  return {
    trials: trials === undefined ? null : expectPositiveInteger('trials', trials),
    quick: quick ?? false,
    asPublished: asPublished ?? false,
    seed: expectSeed('seed', seed ?? 0),
    options,
  };
}

interface Job {
  readonly name: StudyName;
  readonly study: Study;
  readonly settings: StudySettings;
  readonly jobs: number;
  readonly signal: AbortSignal | undefined;
}

async function* run(job: Job, finished: { report?: StudyReport }): AsyncGenerator<StudyEvent, void, undefined> {
  const { name, study, settings } = job;
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const trials = study.trials(settings);
  yield { type: 'start', schemaVersion: 1, study: name, title: study.title, trials: trials.length };
  const outcomes: Json[] = [];
  yield* runAll(job, trials, outcomes, seconds);
  const done = trials.map((trial, i) => ({ trial, outcome: outcomes[i] as Json }));
  const publication = await study.publish(done, settings);
  for (const cell of publication.cells) yield { type: 'cell', ...cell };
  const { title, source } = study;
  const verdicts = countVerdicts(publication.cells);
  finished.report = { schemaVersion: 1, study: name, title, source, settings, trials: done, verdicts, ...publication };
  yield { type: 'done', seconds: seconds(), verdicts };
}

/** Fills in the outcomes, each at its trial's place. */
async function* runAll(
  { name, study, jobs, signal }: Job,
  trials: readonly Json[],
  outcomes: Json[],
  seconds: () => number,
): AsyncGenerator<StudyProgressEvent | StudyTrialEvent, void, undefined> {
  const placed = trials.map((trial, index) => ({ index, trial }));
  const shares = new Float64Array(trials.length);
  const begun = new Map<number, number>();
  for await (const news of runTrials(name, placed, { jobs, signal })) {
    const { index } = news;
    if (!begun.has(index)) begun.set(index, seconds());
    const label = study.label(trials[index] as Json);
    if (news.type === 'note') {
      shares[index] = news.share;
      const done = shares.reduce((sum, share) => sum + share, 0);
      yield { type: 'progress', what: `${label}: ${news.what}`, ...progress(done, trials.length, seconds()) };
    } else {
      outcomes[index] = news.outcome;
      shares[index] = 1;
      yield { type: 'trial', trial: index, label, seconds: seconds() - (begun.get(index) ?? 0) };
    }
  }
}

const progress = (done: number, of: number, seconds: number): Omit<StudyProgressEvent, 'type' | 'what'> => ({
  done,
  of,
  seconds,
  eta: done > 0 ? (seconds * (of - done)) / done : 0,
});
