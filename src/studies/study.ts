import type { Cell } from '../report/index.js';
import type { ComparedCell } from './compare.js';

/** What a journal and a message between processes can carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A flag that only some studies have: how it is written, what it means, and what it may be. */
export interface StudyOption {
  /** As the command line writes it, e.g. `--networks <a,b>`. */
  readonly flags: string;
  readonly says: string;
  /** @throws SecateurError ERR_ARGUMENT for text that it may not be. */
  parse(text: string): Json;
}

/** What a study is asked for. */
export interface StudySettings {
  /** Repetitions of each block; null for the study's own number. */
  readonly trials: number | null;
  /** A few minutes on embedded data instead of the published scale. */
  readonly quick: boolean;
  /** With every quirk of the published experiment. */
  readonly asPublished: boolean;
  /** The base of all seeds. */
  readonly seed: number;
  /** The study's own options, by the name in their flags. */
  readonly options: Readonly<Record<string, Json>>;
}

/** What a trial works with. */
export interface TrialContext {
  readonly signal: AbortSignal | undefined;
  /** Tells what the trial is at, and which share of it is done. */
  tell(what: string, share: number): void;
}

/** A trial that is over. */
export interface DoneTrial<Trial, Outcome> {
  readonly trial: Trial;
  readonly outcome: Outcome;
}

/** A table of a study as it is printed and saved. */
export interface StudyTable {
  /** A file name without its ending. */
  readonly name: string;
  readonly title: string;
  readonly headers: readonly string[];
  readonly rows: readonly (readonly (Cell | null)[])[];
}

/** A file that a study leaves: a published CSV, a figure. */
export interface StudyFile {
  readonly name: string;
  readonly content: string;
  /** Where the user wants it by itself; then it is not among the files of the study's folder, nor in its report. */
  readonly path?: string;
}

/** All that a study has found. */
export interface Publication {
  readonly tables: readonly StudyTable[];
  /** The published numbers beside ours. */
  readonly cells: readonly ComparedCell[];
  readonly files: readonly StudyFile[];
  /** What the reader should know: findings, deviations. */
  readonly notes: readonly string[];
}

/** What has a place of its own beside a study's folder. */
export interface StudyPlaces {
  /** Files that are written; their folders are made. */
  readonly files: readonly string[];
  /** Folders that are filled. */
  readonly folders: readonly string[];
}

/**
 * A published experiment. Its trials are independent of each other and plain data, so that they can be kept in a journal
 * and run in other processes; what it publishes follows from their outcomes alone, in the order of the trials.
 */
export interface Study<Trial extends Json = Json, Outcome extends Json = Json> {
  readonly title: string;
  /** One sentence for help texts. */
  readonly summary: string;
  /** Where it was published. */
  readonly source: string;
  readonly options: Readonly<Record<string, StudyOption>>;
  /** What there is to do, in order. */
  trials(settings: StudySettings): readonly Trial[];
  /**
   * Where files with a place of their own go. It is looked at before anything runs, so that hours of work do not end at a
   * path that nothing can be written to.
   */
  readonly places?: (settings: StudySettings) => StudyPlaces;
  /** What a reader calls a trial. */
  label(trial: Trial): string;
  /** Runs one trial. */
  run(trial: Trial, context: TrialContext): Promise<Outcome>;
  /** Tables, figures and comparisons, from the outcomes alone. */
  publish(done: readonly DoneTrial<Trial, Outcome>[], settings: StudySettings): Promise<Publication> | Publication;
}

/** A study of any trials: what tables and runners hold. The journal gives a study nothing but what it made itself. */
export const defineStudy = <Trial extends Json, Outcome extends Json>(study: Study<Trial, Outcome>): Study =>
  study as unknown as Study;
