import type { LabelledSamples } from '../engine/index.js';
import type { Network } from '../network/index.js';
import { toFloats } from '../tensor/tensor.js';
import { SecateurError } from '../util/errors.js';
import type { Random } from '../util/random.js';
import type { LoadedBackend } from './backends.js';
import { takeBatch } from './batches.js';
import type { Toolbox } from './layers/trainable.js';
import { type BatchLoss, lossGradient, measureBatch } from './loss.js';
import { opsFor } from './ops.js';
import { createOptimizer, type Optimizer, type OptimizerName, type OptimizerSettings } from './optimizers.js';
import { batchShape, type Program, runBackward, runForward, withValues } from './program.js';
import { scoped, type Tensor, type Tf } from './tf.js';

export interface TrainerOptions {
  readonly optimizer: OptimizerName;
  readonly settings: OptimizerSettings;
  readonly random: Random;
}

/**
 * A network that learns, one batch at a time, on one tfjs backend. tfjs' own `fit` spends most of its time on
 * bookkeeping; here every layer brings its own gradient, the loss is a few lines over the scores, and the optimizer one
 * operation a weight. Owns tensors: dispose of it.
 */
export class Trainer implements Disposable {
  readonly #tf: Tf;
  readonly #backend: string;
  readonly #program: Program;
  readonly #tools: Toolbox;
  readonly #optimizer: Optimizer;
  /** Values of the weights that follow the data, by their place among the parameters. */
  readonly #fixed = new Map<number, Tensor>();

  constructor({ tf, registered }: LoadedBackend, program: Program, { optimizer, settings, random }: TrainerOptions) {
    this.#tf = tf;
    this.#backend = registered;
    this.#program = program;
    this.#tools = { tf, ops: this.#scoped(() => opsFor(tf)), learning: { random } };
    this.#optimizer = this.#scoped(() => {
      const initial = program.parameters.map(({ layer, name }) => {
        const weight = layer.weights[name]!;
        return tf.tensor(toFloats(weight).slice(), [...weight.shape]);
      });
      const learning = initial.filter((_, i) => !program.parameters[i]!.fixed);
      for (const [i, { fixed }] of program.parameters.entries()) if (fixed) this.#fixed.set(i, tf.keep(initial[i]!));
      return createOptimizer(tf, optimizer, settings, learning);
    });
  }

  /** Learns from these samples once; their loss is the one before. */
  step(samples: LabelledSamples, chosen: Uint32Array): BatchLoss {
    const { head, parameters } = this.#program;
    return this.#scoped(() => {
      const batch = takeBatch(samples, chosen);
      const forward = runForward(this.#program, this.#tools, this.#values(), this.#tensor(batch.x, chosen.length));
      const scores = forward.scores.dataSync<'float32'>();
      const loss = measureBatch(head, scores, batch.targets);
      const gradient = this.#tf.tensor(lossGradient(head, scores, batch.targets), forward.scores.shape);
      this.#optimizer.apply(runBackward(this.#program, this.#tools, forward, gradient));
      for (const [i, old] of this.#fixed) {
        const { layer, name } = parameters[i]!;
        this.#fixed.set(i, this.#tf.keep(forward.passes.get(layer.id)!.moved![name]!));
        old.dispose();
      }
      return loss;
    });
  }

  /** Loss and right answers of these samples, without learning. */
  measure(samples: LabelledSamples, chosen: Uint32Array): BatchLoss {
    return this.#scoped(() => {
      const batch = takeBatch(samples, chosen);
      const tools = { ...this.#tools, learning: null };
      const { scores } = runForward(this.#program, tools, this.#values(), this.#tensor(batch.x, chosen.length));
      return measureBatch(this.#program.head, scores.dataSync<'float32'>(), batch.targets);
    });
  }

  /**
   * The network with the weights of now.
   *
   * @throws SecateurError ERR_DATA if they are not finite.
   */
  network(): Network {
    const values = this.#scoped(() => this.#values().map((value) => new Float32Array(value.dataSync<'float32'>())));
    if (!values.every((weight) => weight.every(Number.isFinite))) throw diverged('its weights are not finite');
    return withValues(this.#program, values);
  }

  [Symbol.dispose](): void {
    this.#optimizer[Symbol.dispose]();
    this.#tf.dispose([...this.#fixed.values()]);
  }

  /** tfjs has one current backend for the whole process: another training may have chosen another one meanwhile. */
  #scoped<T>(work: () => T): T {
    if (this.#tf.getBackend() !== this.#backend) void this.#tf.setBackend(this.#backend);
    return scoped(this.#tf, work);
  }

  #tensor(x: Float32Array, count: number): Tensor {
    return this.#tf.tensor(x, batchShape(this.#program, count));
  }

  #values(): Tensor[] {
    const learning = this.#optimizer.weights().values();
    return this.#program.parameters.map(({ fixed }, i) => (fixed ? this.#fixed.get(i)! : learning.next().value!));
  }
}

/** The error for a training whose numbers have left what numbers can hold. */
export const diverged = (what: string): SecateurError =>
  new SecateurError('ERR_DATA', `the training diverged: ${what}`, {
    hint: 'take a smaller learning rate, or scale the data to about 1',
  });
