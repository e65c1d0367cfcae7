import { type ClassEvaluation, classMeans, type EngineEvent } from '../engine/index.js';
import type { LossHead } from '../network/index.js';
import { SecateurError } from '../util/errors.js';
import type { AdaptiveSettings } from './adaptive/options.js';
import type { ClassAblation } from './events.js';

/** @throws SecateurError ERR_ARGUMENT where numbers for each class are wanted and there are none. */
export function checkPerClass(
  perClass: boolean | undefined,
  { head, adaptive }: { readonly head: LossHead; readonly adaptive: AdaptiveSettings | null },
): boolean {
  if (!perClass) return false;
  if (head.loss !== 'crossentropy') {
    throw new SecateurError('ERR_ARGUMENT', `perClass: with loss ${head.loss} samples have no classes`, {
      hint: 'leave perClass out, or use loss crossentropy',
    });
  }
  if (adaptive !== null) {
    throw new SecateurError('ERR_ARGUMENT', 'perClass: an adaptive run does not measure all samples of a class', {
      hint: 'leave perClass or adaptive out',
    });
  }
  return true;
}

/** Gathers what is told of classes, which comes in front of the baseline and of each node. */
export class ClassListener {
  #told: ClassEvaluation[] = [];
  #intact: readonly ClassEvaluation[] = [];

  hear(event: EngineEvent & { type: 'class' }): void {
    this.#told.push(classMeans(event.class, event));
  }

  /** What belongs to the baseline; nothing if nothing was told. */
  baseline(): { perClass?: readonly ClassEvaluation[] } {
    this.#intact = this.#told;
    this.#told = [];
    return this.#intact.length > 0 ? { perClass: this.#intact } : {};
  }

  /** What belongs to a node. */
  node(): { perClass?: readonly ClassAblation[] } {
    const perClass = this.#told.map(({ class: label, loss, accuracy }) => {
      const intact = this.#intact[label]?.loss ?? null;
      return { class: label, loss, change: loss === null || intact === null ? null : intact - loss, accuracy };
    });
    this.#told = [];
    return perClass.length > 0 ? { perClass } : {};
  }
}
