import type { LabelledData } from '../../data/index.js';
import { prepareLabelled, type RunOptions, selectEngine } from '../../engine/index.js';
import { losses } from '../../metrics/index.js';
import type { LossName, Network } from '../../network/index.js';
import { lowerProportion, upperProportion } from '../../util/binomial.js';
import { SecateurError } from '../../util/errors.js';

/** Two networks on the same samples. */
export interface Paired {
  readonly samples: number;
  /** Samples that only the intact network has right, and those that only the pruned one has. */
  readonly lost: number;
  readonly gained: number;
}

/**
 * An upper confidence bound for the accuracy that is lost, `P(lost) - P(gained)` for a sample drawn like these: the upper
 * bound of Clopper and Pearson for the one less the lower one for the other, each with half of the error. By the union
 * bound both hold, and so their difference does, at least with this confidence, for any number of samples and however the
 * errors of the two networks hang together.
 */
export function dropBound({ samples, lost, gained }: Paired, confidence: number): number {
  const tail = (1 - confidence) / 2;
  return upperProportion(lost, samples, tail) - lowerProportion(gained, samples, tail);
}

/** A network held against the floor. */
export interface Held extends Paired {
  /** Accuracy that is lost on these samples. */
  readonly drop: number;
  /** With the confidence asked for, no more is lost than this. */
  readonly bound: number;
  readonly holds: boolean;
}

/**
 * Tests networks in an order that was fixed before, each with the whole error `1 - confidence`, and ends at the first that
 * fails. With at least this confidence the floor is true for all that held: take the first network of the order for which it
 * is not true. For any false claim this one must have held, which has a probability of at most `1 - confidence` (the fixed
 * sequence of Maurer, Hothorn & Lehmacher 1995; as "Learn then test", Angelopoulos et al. 2021).
 */
export async function* fixedSequence<Of>(
  order: Iterable<Of>,
  compare: (of: Of) => Promise<Paired> | Paired,
  { drop, confidence }: { readonly drop: number; readonly confidence: number },
): AsyncGenerator<Held & { readonly of: Of }> {
  for (const of of order) {
    const paired = await compare(of);
    const bound = dropBound(paired, confidence);
    const holds = bound <= drop;
    yield { of, ...paired, drop: (paired.lost - paired.gained) / paired.samples, bound, holds };
    if (!holds) return;
  }
}

/** Tells how a network does against the intact one. @throws SecateurError as `evaluate`. */
export async function openJudge(
  intact: Network,
  data: LabelledData,
  options: RunOptions & { readonly loss?: LossName },
): Promise<(network: Network) => Promise<Paired>> {
  const before = await rightAnswers(intact, data, options);
  return async (network) => {
    const after = await rightAnswers(network, data, options);
    let [lost, gained] = [0, 0];
    for (const [i, right] of before.entries()) {
      if (right > after[i]!) lost += 1;
      if (right < after[i]!) gained += 1;
    }
    return { samples: before.length, lost, gained };
  };
}

/** @throws SecateurError ERR_ARGUMENT where a sample is not right or wrong as a whole; else as `evaluate`. */
export function expectRightOrWrong(network: Network, data: LabelledData, loss: LossName | undefined): void {
  const { head } = prepareLabelled(network, data, loss);
  if (head.loss === 'crossentropy' || (head.loss === 'binary-crossentropy' && head.width === 1)) return;
  throw new SecateurError('ERR_ARGUMENT', `drop: with ${head.loss} a sample is not right or wrong`, {
    hint: 'search for a budget without a floor',
  });
}

/** For each sample whether the network has it right. */
async function rightAnswers(
  network: Network,
  data: LabelledData,
  { engine: name, signal, loss, ...settings }: RunOptions & { readonly loss?: LossName },
): Promise<Uint8Array> {
  const { samples, head } = prepareLabelled(network, data, loss);
  using compiled = selectEngine(name).engine.compile(network, settings);
  const scores = await compiled.forward(samples, { layer: head.scores, ...(signal ? { signal } : {}) });
  const { correct } = losses[head.loss];
  const { width } = head;
  const row = (i: number): Float32Array => scores.subarray(i * width, (i + 1) * width);
  return Uint8Array.from({ length: samples.count }, (_, i) => correct(row(i), samples.targets.subarray(i, i + 1)));
}
