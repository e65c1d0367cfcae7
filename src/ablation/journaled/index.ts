import { engineKey } from '../../engine/index.js';
import { measuredDigest } from '../../network/index.js';
import { digestOf, type Journal, type JournalFacts, openJournal } from '../../run/index.js';
import { goesOn, SecateurError } from '../../util/errors.js';
import type { Measuring } from '../measuring.js';

export { createLooks } from './looks.js';
export { ablateJournaled } from './nodes.js';
export { ablateSetsJournaled } from './sets.js';

/** The journal of a run, or null where none was asked for. `facts` are what only this kind of run depends on. */
export async function openMeasuringJournal(measuring: Measuring, facts: JournalFacts): Promise<Journal | null> {
  const { journal } = measuring.options;
  if (journal === undefined) return null;
  return await openJournal(journal, { ...factsOf(measuring), ...facts });
}

/** What the sums of every run depend on. */
function factsOf({ network, engine, samples, head, cut }: Measuring): JournalFacts {
  const { x, targets, scale } = samples;
  return {
    network: measuredDigest(network),
    data: digestOf(x, targets, String(scale)),
    cut,
    loss: head.loss,
    engine: engineKey(engine.name),
  };
}

/** The events of a run with a journal: it says of itself that it goes on if it is aborted. */
export async function* resumable<Event>(events: AsyncIterable<Event>): AsyncGenerator<Event, void, undefined> {
  try {
    yield* events;
  } catch (error) {
    if (!(error instanceof SecateurError && error.code === 'ERR_ABORTED')) throw error;
    throw new SecateurError(error.code, error.message, { hint: goesOn, cause: error.cause });
  }
}
