import type { CompiledNetwork, CutSets, SetsEvent, SetsJob } from '../../engine/index.js';
import type { Journal } from '../../run/index.js';
import { runStages, type Stage, type StageEvent } from './stages.js';

/** Sets whose sums are kept together, if none of them has grown: every record of a journal holds all of these again. */
const setsAtOnce = 4096;

/** Sets that follow each other, the first of them grown from none. */
interface Window {
  readonly first: number;
  readonly sets: CutSets;
}

/** The events of `compiled.ablateSets(job)`, with the same bits, from where the journal ends. */
export async function* ablateSetsJournaled(
  compiled: CompiledNetwork,
  job: SetsJob,
  journal: Journal,
): AsyncGenerator<SetsEvent, void> {
  const windows = windowsOf(job.sets);
  const stages = windows.map(({ sets }) => stageOf(compiled, job, sets));
  for await (const event of runStages({ ...job, compiled, stages, journal })) {
    if (event.type !== 'found') yield event;
    else {
      const { stage, index, ...sums } = event;
      yield { ...sums, type: 'set', set: windows[stage]!.first + index };
    }
  }
}

const stageOf = (compiled: CompiledNetwork, job: SetsJob, sets: CutSets): Stage => ({
  size: sets.ends.length,
  measure: (samples, before) => setsFound(compiled.ablateSets({ ...job, samples, sets: { ...sets, before } })),
});

async function* setsFound(events: AsyncIterable<SetsEvent>): AsyncGenerator<StageEvent, void> {
  for await (const event of events) {
    if (event.type === 'progress') yield event;
    else if (event.type === 'set') yield { ...event, type: 'found', index: event.set };
  }
}

function windowsOf(sets: CutSets): Window[] {
  const count = sets.ends.length;
  const windows: Window[] = [];
  for (let first = 0; first < count; ) {
    let end = Math.min(count, first + setsAtOnce);
    while (end < count && sets.grows[end]) end += 1;
    windows.push({ first, sets: setsBetween(sets, first, end) });
    first = end;
  }
  return windows;
}

function setsBetween({ members, ends, grows }: CutSets, from: number, to: number): CutSets {
  const start = from === 0 ? 0 : ends[from - 1]!;
  return {
    members: members.subarray(start, ends[to - 1]),
    ends: ends.subarray(from, to).map((end) => end - start),
    grows: grows.subarray(from, to),
  };
}
