import { dirname } from 'node:path';
import { type Journal, openJournal } from '../run/index.js';
import { expectArguments } from '../util/arguments.js';
import { expectWritable } from '../util/atomic.js';
import { SecateurError } from '../util/errors.js';
import { expectOneOf, expectPositiveInteger } from '../util/expect.js';
import { makeFolder } from '../util/folders.js';
import { expectSeed } from '../util/random.js';
import type { CellVerdict, ComparedCell } from './compare.js';
import { countVerdicts } from './compare.js';
import type { DoneTrial, Json, Publication, Study, StudyPlaces, StudySettings } from './study.js';
import { type StudyName, studies, studyNames } from './table.js';
import { runTrials } from './trials.js';

/** How much of a study is run, and where it is kept. */
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
  /** A file that keeps each trial: what is in there is not run again, whatever the number of trials is now. */
  readonly journal?: string;
  readonly signal?: AbortSignal;
}

/** What is about to run; always the first event. */
export interface StudyStartEvent {
  readonly type: 'start';
  readonly schemaVersion: 1;
  readonly study: StudyName;
  readonly title: string;
  readonly trials: number;
  /** Trials that the journal knew. */
  readonly kept: number;
}

/** Some of a trial is done: `done` trials out of the `of` that are run, parts of running ones included. */
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

/** The last event of a study: how many compared numbers got each verdict. */
export interface StudyDoneEvent {
  readonly type: 'done';
  readonly seconds: number;
  readonly verdicts: Readonly<Record<CellVerdict, number>>;
}

/** What a study tells; with several jobs trials end in any order. */
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
 * study and its settings alone, not on the number of jobs, and not on what was kept in a journal before.
 *
 * @throws SecateurError ERR_ARGUMENT for a study, an option or a number that is none, and for a journal of something else;
 * ERR_IO or ERR_DATA for a journal that cannot be used; what a trial throws; ERR_ABORTED.
 * @example
 * const { cells } = await runStudy('ablation-importance', { quick: true }).report();
 */
export function runStudy(name: StudyName, options: StudyOptions = {}): StudyRun {
  expectArguments({ options });
  const study: Study = studies[expectOneOf('study', name, studyNames)];
  const settings = settle(study, options);
  const jobs = expectPositiveInteger('jobs', options.jobs ?? 1);
  const finished: { report?: StudyReport } = {};
  const { signal, journal = null } = options;
  const events = run({ name, study, settings, jobs, signal, journal }, finished);
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
  readonly journal: string | null;
}

/** A trial says everything about itself, so that journals serve runs with other numbers of trials too. */
const keyOf = (trial: Json): string => JSON.stringify(trial);

async function* run(job: Job, finished: { report?: StudyReport }): AsyncGenerator<StudyEvent, void, undefined> {
  const { name, study, settings } = job;
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const trials = study.trials(settings);
  if (study.places !== undefined) await makeReady(study.places(settings));
  await using journal = job.journal === null ? null : await openJournal(job.journal, { command: 'study', study: name });
  const outcomes = trials.map((trial) => journal?.get(keyOf(trial)) as Json | undefined);
  const kept = outcomes.filter((outcome) => outcome !== undefined).length;
  yield { type: 'start', schemaVersion: 1, study: name, title: study.title, trials: trials.length, kept };
  yield* runAll(job, trials, { outcomes, journal, seconds });
  const done = trials.map((trial, i) => ({ trial, outcome: outcomes[i] as Json }));
  const publication = await study.publish(done, settings);
  for (const cell of publication.cells) yield { type: 'cell', ...cell };
  const { title, source } = study;
  const verdicts = countVerdicts(publication.cells);
  finished.report = { schemaVersion: 1, study: name, title, source, settings, trials: done, verdicts, ...publication };
  yield { type: 'done', seconds: seconds(), verdicts };
}

/** @throws SecateurError ERR_IO for a place that nothing can be written to. */
async function makeReady({ files, folders }: StudyPlaces): Promise<void> {
  for (const folder of [...folders, ...files.map(dirname)]) await makeFolder(folder);
  for (const file of files) await expectWritable(file);
}

interface Ledger {
  /** By trial; undefined until it is over. */
  readonly outcomes: (Json | undefined)[];
  readonly journal: Journal | null;
  /** Since the start. */
  readonly seconds: () => number;
}

/** Fills in the outcomes that are not there yet, each at its trial's place. */
async function* runAll(
  { name, study, jobs, signal }: Job,
  trials: readonly Json[],
  { outcomes, journal, seconds }: Ledger,
): AsyncGenerator<StudyProgressEvent | StudyTrialEvent, void, undefined> {
  const placed = trials.flatMap((trial, index) => (outcomes[index] === undefined ? [{ index, trial }] : []));
  const shares = new Map<number, number>();
  for await (const news of runTrials(name, placed, { jobs, signal })) {
    const { index } = news;
    const trial = trials[index] as Json;
    shares.set(index, news.type === 'note' ? news.share : 1);
    if (news.type === 'note') {
      const done = [...shares.values()].reduce((sum, share) => sum + share, 0);
      const what = `${study.label(trial)}: ${news.what}`;
      yield { type: 'progress', what, ...progress(done, placed.length, seconds()) };
    } else {
      await journal?.put(keyOf(trial), news.outcome);
      outcomes[index] = news.outcome;
      yield { type: 'trial', trial: index, label: study.label(trial), seconds: news.seconds };
    }
  }
}

const progress = (done: number, of: number, seconds: number): Omit<StudyProgressEvent, 'type' | 'what'> => ({
  done,
  of,
  seconds,
  eta: done > 0 ? (seconds * (of - done)) / done : 0,
});
