import { createMailbox, openChildren, runTasks } from '../run/index.js';
import type { Json, Study } from './study.js';
import { type StudyName, studies } from './table.js';

/** A trial as another process is told of it. */
export interface TrialTask {
  readonly study: StudyName;
  readonly trial: Json;
}

/** What a trial says on its way: what it is at, and the share of it that is done. */
export interface TrialNote {
  readonly what: string;
  readonly share: number;
}

/** A trial and its place among all trials of the study. */
export interface PlacedTrial {
  readonly index: number;
  readonly trial: Json;
}

export type TrialNews =
  | ({ readonly type: 'note'; readonly index: number } & TrialNote)
  | { readonly type: 'outcome'; readonly index: number; readonly outcome: Json; readonly seconds: number };

export interface TrialRunOptions {
  /** 1 runs trials in this process, more in so many child processes. */
  readonly jobs: number;
  readonly signal: AbortSignal | undefined;
}

type RunTrial = (trial: PlacedTrial, heard: (note: TrialNote) => void) => Promise<Json>;

/**
 * Runs trials and tells how they get on. Leaving the loop ends them.
 *
 * @throws SecateurError what a trial throws; ERR_ABORTED.
 */
export async function* runTrials(
  name: StudyName,
  trials: readonly PlacedTrial[],
  { jobs, signal }: TrialRunOptions,
): AsyncGenerator<TrialNews, void, undefined> {
  const left = new AbortController();
  const stop = signal === undefined ? left.signal : AbortSignal.any([left.signal, signal]);
  const news = createMailbox<TrialNews>();
  using children = jobs > 1 ? openChildren(new URL('./worker.js', import.meta.url)) : null;
  const run: RunTrial = children
    ? async ({ trial }, heard) =>
        (await children.work({ study: name, trial } satisfies TrialTask, (note) => heard(note as TrialNote))) as Json
    : ({ trial }, heard) => runHere(name, trial, heard, stop);
  const all = runAll(trials, run, news.put, { jobs, signal: stop });
  all.then(
    () => news.close(),
    (error) => news.close(error),
  );
  try {
    yield* news;
  } finally {
    left.abort();
  }
}

function runHere(name: StudyName, trial: Json, heard: (note: TrialNote) => void, signal: AbortSignal): Promise<Json> {
  const study: Study = studies[name];
  return study.run(trial, { signal, tell: (what, share) => heard({ what, share }) });
}

async function runAll(
  trials: readonly PlacedTrial[],
  run: RunTrial,
  tell: (news: TrialNews) => void,
  options: { readonly jobs: number; readonly signal: AbortSignal },
): Promise<void> {
  const work = async (placed: PlacedTrial): Promise<{ outcome: Json; seconds: number }> => {
    const started = performance.now();
    const outcome = await run(placed, (note) => tell({ type: 'note', index: placed.index, ...note }));
    return { outcome, seconds: (performance.now() - started) / 1000 };
  };
  for await (const { index: place, result } of runTasks(trials, work, options)) {
    const { index } = trials[place] as PlacedTrial;
    tell({ type: 'outcome', index, ...result });
  }
}
