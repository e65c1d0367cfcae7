import type { SecateurError } from '../util/errors.js';
import { expectOneOf } from '../util/expect.js';
import type { Engine, EngineName } from './engine.js';
import { nativeEngine, nativeProblem } from './native/index.js';
import { referenceEngine } from './reference/index.js';

/** An engine, and why it cannot work here, if it cannot. */
export interface Candidate {
  readonly engine: Engine;
  readonly problem: () => SecateurError | null;
}

/** The engines, the preferred one first. */
const candidates: { readonly [K in EngineName]: Candidate } = {
  native: { engine: nativeEngine, problem: nativeProblem },
  reference: { engine: referenceEngine, problem: () => null },
};

export interface Selection {
  readonly engine: Engine;
  /** What the reader should know about the choice, or null. */
  readonly notice: string | null;
}

/** {@link selectEngine} among given engines. */
export function chooseEngine(among: { readonly [K in EngineName]: Candidate }, name?: EngineName): Selection {
  if (name !== undefined) {
    const { engine, problem } = among[expectOneOf('engine', name, Object.keys(among) as EngineName[])];
    const found = problem();
    if (found) throw found;
    return { engine, notice: null };
  }
  const problems: SecateurError[] = [];
  for (const { engine, problem } of Object.values(among)) {
    const found = problem();
    if (!found) return { engine, notice: noticeOf(engine, problems) };
    problems.push(found);
  }
  throw problems[0];
}

function noticeOf(engine: Engine, problems: readonly SecateurError[]): string | null {
  const [first] = problems;
  return first ? `${first.message}; the ${engine.name} engine answers instead, more slowly. ${first.hint ?? ''}` : null;
}

/**
 * The engine of this name, which must work; by default the fastest that does, with a notice if it is not the first choice.
 *
 * @throws SecateurError ERR_ARGUMENT for an unknown name, ERR_NATIVE if the native engine is asked for and not there.
 */
export function selectEngine(name?: EngineName): Selection {
  return chooseEngine(candidates, name);
}
