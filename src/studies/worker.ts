/** What a child process runs: trials of studies, one after the other. */
import { serveTasks } from '../run/index.js';
import type { Study } from './study.js';
import { studies } from './table.js';
import type { TrialTask } from './trials.js';

serveTasks((task, note) => {
  const { study, trial } = task as TrialTask;
  const row: Study = studies[study];
  return row.run(trial, { signal: undefined, tell: (what, share) => note({ what, share }) });
});
