import { SecateurError } from '../../util/errors.js';
import type { Engine } from '../engine.js';
import { type Addon, loadAddon } from './addon.js';
import { createNativeEngine } from './native.js';

let loaded: { readonly addon: Addon } | { readonly problem: SecateurError } | undefined;

/** Looks for the addon once a process. */
function addonOrProblem(): NonNullable<typeof loaded> {
  if (loaded !== undefined) return loaded;
  try {
    loaded = { addon: loadAddon() };
  } catch (error) {
    if (!(error instanceof SecateurError)) throw error;
    loaded = { problem: error };
  }
  return loaded;
}

/** The addon. @throws SecateurError ERR_NATIVE with the cause if it is not there. */
export function nativeAddon(): Addon {
  const found = addonOrProblem();
  if ('problem' in found) throw found.problem;
  return found.addon;
}

/** Why the native engine cannot work here, or null if it can. */
export function nativeProblem(): SecateurError | null {
  const found = addonOrProblem();
  return 'problem' in found ? found.problem : forcedSetProblem(found.addon.info().isas);
}

/** `SECATEUR_ISA` names the instruction set to use, which the processor must have. */
function forcedSetProblem(supported: readonly string[]): SecateurError | null {
  const forced = process.env.SECATEUR_ISA;
  if (forced === undefined || supported.includes(forced)) return null;
  return new SecateurError('ERR_NATIVE', `SECATEUR_ISA=${forced} is no instruction set of this processor`, {
    hint: `set it to one of ${supported.join(', ')}, or not at all`,
  });
}

/** The C++ engine. */
export const nativeEngine: Engine = createNativeEngine(nativeAddon);

export { addonStamp } from './addon.js';
export { defaultThreads } from './native.js';
