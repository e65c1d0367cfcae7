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
import {
  createOptimizer,
  numbersOf,
  type Optimizer,
  type OptimizerName,
  type OptimizerSettings,
  type OptimizerState,
} from './optimizers.js';
import { batchShape, type Parameter, type Program, runBackward, runForward, withValues } from './program.js';
import { scoped, type Tensor, type Tf } from './tf.js';

export interface TrainerOptions {
  readonly optimizer: OptimizerName;
  readonly settings: OptimizerSettings & { readonly l2?: number };
  readonly random: Random;
  /** For each parameter where it stays as it is (1), or undefined. */
  readonly hold?: (parameter: Parameter) => Uint8Array | undefined;
  /** Where another trainer of the same program stood; default: at the weights of the network. */
  readonly from?: TrainerState;
}

/** Where a trainer stands. */
export interface TrainerState {
  readonly optimizer: OptimizerState;
  /** Of the parameters that do not follow the gradient, in their order. */
  readonly fixed: readonly Float32Array[];
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
  /** What gradients are multiplied by: 0 where a weight stays. By their place among the weights that learn. */
  readonly #moves = new Map<number, Tensor>();
  readonly #l2: number;

  constructor({ tf, registered }: LoadedBackend, program: Program, options: TrainerOptions) {
    const { optimizer, settings, random, hold, from } = options;
    this.#tf = tf;
    this.#backend = registered;
    this.#program = program;
    this.#l2 = settings.l2 ?? 0;
    this.#tools = { tf, ops: this.#scoped(() => opsFor(tf)), learning: { random } };
    const places = program.parameters.map((parameter, i) => ({ ...parameter, i }));
    const learning = places.filter(({ fixed }) => !fixed);
    this.#optimizer = this.#scoped(() => {
      for (const [k, { i, ...parameter }] of places.filter(({ fixed }) => fixed).entries()) {
        this.#fixed.set(i, tf.keep(tensorOf(tf, parameter, from?.fixed[k])));
      }
      for (const [k, parameter] of learning.entries()) {
        const held = hold?.(parameter);
        if (held === undefined) continue;
        const moves = Float32Array.from(held, (stays) => 1 - stays);
        this.#moves.set(k, tf.keep(tensorOf(tf, parameter, moves)));
      }
      const values = learning.map((parameter, k) =>
        (from?.optimizer.values[k] ?? [undefined]).map((numbers) => tensorOf(tf, parameter, numbers)),
      );
      return createOptimizer(tf, optimizer, settings, { step: from?.optimizer.step ?? 0, values });
    });
  }

  /** Learns from these samples once; their loss is the one before. */
  step(samples: LabelledSamples, chosen: Uint32Array, learningRate: number): BatchLoss {
    const { head, parameters, frozen } = this.#program;
    return this.#scoped(() => {
      const batch = takeBatch(samples, chosen);
      const values = this.#values();
      const forward = runForward(this.#program, this.#tools, values, this.#tensor(batch.x, chosen.length));
      const scores = forward.scores.dataSync<'float32'>();
      const loss = measureBatch(head, scores, batch.targets);
      const gradient = this.#tf.tensor(lossGradient(head, scores, batch.targets), forward.scores.shape);
      const gradients = this.#penalized(runBackward(this.#program, this.#tools, forward, gradient), values);
      // A gradient of 0 from the first step on leaves every rule's memory at 0 and the weight as it is, to the last bit.
      for (const [k, moves] of this.#moves) gradients[k] = this.#tf.mul(gradients[k]!, moves);
      this.#optimizer.apply(gradients, learningRate);
      for (const [i, old] of this.#fixed) {
        const { uses, name } = parameters[i]!;
        if (uses.some(({ id }) => frozen.has(id))) continue;
        const moved = uses.reduce((value, { id }) => forward.passes.get(id)?.moves?.[name]?.(value) ?? value, old);
        if (moved === old) continue;
        this.#fixed.set(i, this.#tf.keep(moved));
        old.dispose();
      }
      return loss;
    });
  }

  /** Gradients of the loss with the penalty on kernels. */
  #penalized(gradients: Tensor[], values: readonly Tensor[]): Tensor[] {
    if (this.#l2 === 0) return gradients;
    const learning = this.#program.parameters.flatMap(({ name, fixed }, i) => (fixed ? [] : [{ name, i }]));
    return gradients.map((gradient, k) => {
      const { name, i } = learning[k]!;
      return name === 'kernel' ? this.#tf.add(gradient, this.#tf.mul(values[i]!, this.#l2)) : gradient;
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
    return networkOf(this.#program, this.values());
  }

  /** The parameters, in their order. */
  values(): Float32Array[] {
    return this.#scoped(() => this.#values().map(numbersOf));
  }

  /** What another trainer of the same program needs to go on from here. */
  state(): TrainerState {
    const fixed = this.#scoped(() => [...this.#fixed.values()].map(numbersOf));
    return { optimizer: this.#scoped(() => this.#optimizer.state()), fixed };
  }

  [Symbol.dispose](): void {
    this.#optimizer[Symbol.dispose]();
    this.#tf.dispose([...this.#fixed.values(), ...this.#moves.values()]);
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

/**
 * The network of a program with these parameters.
 *
 * @throws SecateurError ERR_DATA if they are not finite.
 */
export function networkOf(program: Program, values: readonly Float32Array[]): Network {
  if (!values.every((weight) => weight.every(Number.isFinite))) throw diverged('its weights are not finite');
  return withValues(program, values);
}

/** A tensor of a parameter's shape, of its own numbers unless others are given. */
function tensorOf(tf: Tf, { layer, name }: Parameter, numbers?: Float32Array): Tensor {
  const weight = layer.weights[name]!;
  return tf.tensor(numbers ?? toFloats(weight).slice(), [...weight.shape]);
}

/** The error for a training whose numbers have left what numbers can hold. */
export const diverged = (what: string): SecateurError =>
  new SecateurError('ERR_DATA', `the training diverged: ${what}`, {
    hint: 'take a smaller learning rate, or scale the data to about 1',
  });
