import type { AblationJob, CompiledNetwork, EngineEvent, Sweep } from '../../engine/index.js';
import type { Journal } from '../../run/index.js';
import { runStages, type Stage, type StageEvent } from './stages.js';

/** The events of `compiled.ablate(job)`, with the same bits, from where the journal ends. */
export async function* ablateJournaled(
  compiled: CompiledNetwork,
  job: AblationJob,
  journal: Journal,
): AsyncGenerator<EngineEvent, void> {
  const stages = job.sweeps.map((sweep) => stageOf(compiled, job, sweep));
  for await (const event of runStages({ ...job, compiled, stages, journal })) {
    if (event.type !== 'found') yield event;
    else {
      const { stage: sweep, ...found } = event;
      yield { ...found, type: 'node', sweep };
    }
  }
}

const stageOf = (compiled: CompiledNetwork, job: AblationJob, sweep: Sweep): Stage => ({
  size: sweep.nodes.length,
  measure: (samples, before) => nodesFound(compiled.ablate({ ...job, samples, sweeps: [{ ...sweep, before }] })),
});

async function* nodesFound(events: AsyncIterable<EngineEvent>): AsyncGenerator<StageEvent, void> {
  for await (const event of events) {
    if (event.type === 'progress') yield event;
    else if (event.type === 'node') yield { ...event, type: 'found' };
  }
}
