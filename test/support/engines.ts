import type { Engine, EngineName } from '../../src/engine/engine.js';
import { nativeEngine, nativeProblem } from '../../src/engine/native/index.js';
import { referenceEngine } from '../../src/engine/reference/index.js';
import type { Network } from '../../src/network/index.js';
import { float32Forward, type Tolerance, tolerances } from './tolerance.js';

/** An engine with the tolerances that its arithmetic earns. */
export interface Judge {
  readonly engine: Engine;
  /** For outputs of a network whose values are at most `scale` in size. */
  readonly outputs: (network: Network, scale: number) => Tolerance;
  /** For means of such values. */
  readonly means: (network: Network, scale: number) => Tolerance;
  /** For sums of losses. */
  readonly loss: Tolerance;
  /** How far two scores may move against each other. */
  readonly scoreBound: (network: Network, scale: number) => number;
}

const inDouble: Omit<Judge, 'engine'> = {
  outputs: () => tolerances.stored,
  means: () => tolerances.double,
  loss: tolerances.double,
  scoreBound: () => 0,
};

const inSingle: Omit<Judge, 'engine'> = {
  outputs: float32Forward,
  means: float32Forward,
  loss: tolerances.ablatedLoss,
  scoreBound: (network, scale) => 2 * float32Forward(network, scale).absolute,
};

const all: { readonly [K in EngineName]: Judge } = {
  reference: { engine: referenceEngine, ...inDouble },
  native: { engine: nativeEngine, ...inSingle },
};

function available(): readonly Judge[] {
  const problem = nativeProblem();
  if (problem === null) return Object.values(all);
  process.stderr.write(`skipped: the native engine: ${problem.message} (${problem.hint})\n`);
  return Object.values(all).filter(({ engine }) => engine !== nativeEngine);
}

/** Every engine that works here; what does not is said on stderr. */
export const judges = available();
