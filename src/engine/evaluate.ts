import type { LabelledData } from '../data/index.js';
import type { LossHead, LossName, Network } from '../network/index.js';
import { expectArguments } from '../util/arguments.js';
import type { EngineName, EngineOptions, Evaluation, Measured } from './engine.js';
import { prepareLabelled, prepareSamples } from './samples.js';
import { selectEngine } from './select.js';

/** What every run takes. */
export interface RunOptions extends EngineOptions {
  /** Which engine; asked by name it works or the call fails, by default the fastest that is there. */
  readonly engine?: EngineName;
  readonly signal?: AbortSignal;
}

/** How a network is measured. */
export interface EvaluateOptions extends RunOptions {
  /** Default: the model's own, else by its head and the targets. */
  readonly loss?: LossName;
}

/** What a network makes of the samples of one class. */
export interface ClassEvaluation {
  readonly class: number;
  readonly samples: number;
  /** Means over the samples of this class; null where it has none. */
  readonly loss: number | null;
  readonly accuracy: number | null;
}

/** Means over all samples; the loss in nats for the cross-entropies. */
export interface EvaluationResult {
  readonly samples: number;
  readonly loss: number;
  /** Share of right answers; null for the mean squared error. */
  readonly accuracy: number | null;
  readonly lossName: LossName;
  readonly perClass: readonly ClassEvaluation[];
  readonly engine: EngineName;
  /** What the reader should know about the choice of engine. */
  readonly notice: string | null;
}

/** The share of right answers among all scores that can be right or wrong; null where none can. */
export function accuracyOf({ correct }: Measured, samples: number, head: LossHead): number | null {
  if (head.loss === 'mse') return null;
  return correct / (head.loss === 'crossentropy' ? samples : samples * head.width);
}

/** What the sums over the samples of a class are in the mean. */
export function classMeans(
  label: number,
  { samples, lossSum, correct }: Evaluation['perClass'][number],
): ClassEvaluation {
  const none = samples === 0;
  return { class: label, samples, loss: none ? null : lossSum / samples, accuracy: none ? null : correct / samples };
}

/**
 * Mean loss and accuracy of a network on labelled samples.
 *
 * @throws SecateurError ERR_ARGUMENT, ERR_SHAPE or ERR_DATA for input that does not fit; ERR_NATIVE for an engine that
 * is not there; ERR_ABORTED.
 */
export async function evaluate(
  network: Network,
  data: LabelledData,
  options: EvaluateOptions = {},
): Promise<EvaluationResult> {
  expectArguments({ network, options });
  const { engine: name, signal, loss, ...engineOptions } = options;
  const { samples, head } = prepareLabelled(network, data, loss);
  const { engine, notice } = selectEngine(name);
  using compiled = engine.compile(network, engineOptions);
  const measured = await compiled.evaluate(samples, head, signal ? { signal } : {});
  return {
    samples: samples.count,
    loss: measured.lossSum / samples.count,
    accuracy: accuracyOf(measured, samples.count, head),
    lossName: head.loss,
    perClass: measured.perClass.map((of, label) => classMeans(label, of)),
    engine: engine.name,
    notice,
  };
}

/**
 * The network's outputs, `[samples, ...output shape]`.
 *
 * @throws SecateurError as {@link evaluate}.
 */
export async function predict(
  network: Network,
  data: Omit<LabelledData, 'y'>,
  options: RunOptions = {},
): Promise<Float32Array> {
  expectArguments({ network, options });
  const { engine: name, signal, ...engineOptions } = options;
  const samples = prepareSamples(network, data);
  using compiled = selectEngine(name).engine.compile(network, engineOptions);
  return await compiled.forward(samples, signal ? { signal } : {});
}
