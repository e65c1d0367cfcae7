import { type TensorFlow, tensorFlowOf } from './ops.js';
import { scoped, type Tensor, type Tf } from './tf.js';

export interface OptimizerSettings {
  /** Share of the last step that `sgd` and `nesterov` take again. */
  readonly momentum: number;
}

/** The settings of one step, with its number, which counts from 1. */
interface StepSettings extends OptimizerSettings {
  readonly learningRate: number;
  readonly step: number;
}

/** How one weight moves: new values of the weight and of what the rule remembers about it. */
interface Rule {
  /** Numbers that it remembers for each weight; they begin at 0. */
  readonly memory: number;
  /** The formula. */
  readonly update: (
    tf: Tf,
    weight: Tensor,
    memory: readonly Tensor[],
    gradient: Tensor,
    settings: StepSettings,
  ) => readonly Tensor[];
  /** TensorFlow's operation for the formula, and the numbers it takes before and after the gradient. */
  readonly operation: {
    readonly name: string;
    readonly flags: Readonly<Record<string, boolean>>;
    readonly before: (settings: StepSettings) => readonly number[];
    readonly after: (settings: OptimizerSettings) => readonly number[];
  };
}

/** Keras' defaults (Kingma & Ba 2014), the betas as float32 has them. */
const beta1 = Math.fround(0.9);
const beta2 = Math.fround(0.999);
const epsilon = 1e-7;

/**
 * Adam's bias correction, `sqrt(1 - b2^t) / (1 - b1^t)`. TensorFlow's operation would take the powers and subtract them
 * from 1 in float32, which at the first steps is off by 3e-5; given powers of 0 it takes the rate as it is.
 */
const correction = (step: number): number => Math.sqrt(1 - beta2 ** step) / (1 - beta1 ** step);

function adamStep(
  tf: Tf,
  weight: Tensor,
  [m, v]: readonly [Tensor, Tensor],
  gradient: Tensor,
  { rate, epsilon: least }: { readonly rate: number; readonly epsilon: number },
): readonly Tensor[] {
  const mean = tf.add(tf.mul(m, beta1), tf.mul(gradient, 1 - beta1));
  const square = tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradient), 1 - beta2));
  const change = tf.div(tf.mul(mean, rate), tf.add(tf.sqrt(square), least));
  return [tf.sub(weight, change), mean, square];
}

/**
 * {@link correction} and its root as tfjs takes them: from float32 products, one factor a step. tfjs also weighs the
 * newest gradient with 0.1 and 0.001 where TensorFlow's operation has 1 - b1 and 1 - b2 of the rounded betas; both
 * averages are off by a constant factor, which is taken back here.
 */
function tfjsCorrection(step: number): { readonly rate: number; readonly root: number } {
  let [power1, power2] = [1, 1];
  for (let i = 0; i < step; i++) {
    power1 = Math.fround(power1 * beta1);
    power2 = Math.fround(power2 * beta2);
  }
  const root = Math.sqrt(Math.fround(1 - power2) * ((1 - beta2) / 0.001));
  return { rate: root / Math.fround(1 - power1) / ((1 - beta1) / 0.1), root };
}

/** Every optimizer by its name. */
export const optimizers = {
  /**
   * `m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; w -= rate sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + epsilon)`:
   * as in TensorFlow and Keras, epsilon stands outside the bias correction.
   */
  adam: {
    memory: 2,
    update: (tf, weight, [m, v], gradient, { learningRate, step }) =>
      adamStep(tf, weight, [m!, v!], gradient, { rate: learningRate * correction(step), epsilon }),
    operation: {
      name: 'ResourceApplyAdam',
      flags: { use_locking: false, use_nesterov: false },
      before: ({ learningRate, step }) => [0, 0, learningRate * correction(step), beta1, beta2, epsilon],
      after: () => [],
    },
  },
  /** {@link optimizers.adam} with epsilon inside the bias correction, `m' / (sqrt(v') + epsilon)`: tfjs' own Adam. */
  'adam-tfjs': {
    memory: 2,
    update: (tf, weight, [m, v], gradient, { learningRate, step }) => {
      const { rate, root } = tfjsCorrection(step);
      return adamStep(tf, weight, [m!, v!], gradient, { rate: learningRate * rate, epsilon: epsilon * root });
    },
    operation: {
      name: 'ResourceApplyAdam',
      flags: { use_locking: false, use_nesterov: false },
      before: ({ learningRate, step }) => {
        const { rate, root } = tfjsCorrection(step);
        return [0, 0, learningRate * rate, beta1, beta2, epsilon * root];
      },
      after: () => [],
    },
  },
  /** `a = momentum a - rate g; w += a`, as Keras does. */
  sgd: {
    memory: 1,
    update: (tf, weight, [velocity], gradient, { learningRate, momentum }) => {
      const next = tf.sub(tf.mul(velocity!, momentum), tf.mul(gradient, learningRate));
      return [tf.add(weight, next), next];
    },
    operation: {
      name: 'ResourceApplyKerasMomentum',
      flags: { use_locking: false, use_nesterov: false },
      before: ({ learningRate }) => [learningRate],
      after: ({ momentum }) => [momentum],
    },
  },
  /**
   * `a = momentum a - rate g; w += momentum a - rate g`: the step as if it were taken from where the momentum leads
   * (Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013), as Keras does.
   */
  nesterov: {
    memory: 1,
    update: (tf, weight, [velocity], gradient, { learningRate, momentum }) => {
      const own = tf.mul(gradient, learningRate);
      const next = tf.sub(tf.mul(velocity!, momentum), own);
      return [tf.add(weight, tf.sub(tf.mul(next, momentum), own)), next];
    },
    operation: {
      name: 'ResourceApplyKerasMomentum',
      flags: { use_locking: false, use_nesterov: true },
      before: ({ learningRate }) => [learningRate],
      after: ({ momentum }) => [momentum],
    },
  },
} as const satisfies Record<string, Rule>;

/** How weights learn. */
export type OptimizerName = keyof typeof optimizers;

/** All optimizers. */
export const optimizerNames = Object.keys(optimizers) as OptimizerName[];

/** The weights of a training and how they move. Owns tensors: dispose of it. */
export interface Optimizer extends Disposable {
  /** The weights in the order in which they were given; they last until the next `apply`. */
  weights(): readonly Tensor[];
  /** One step along the gradients, one for each weight. */
  apply(gradients: readonly Tensor[], learningRate: number): void;
  /** What it needs to go on elsewhere. */
  state(): OptimizerState;
}

/** Where an optimizer stands. */
export interface OptimizerState {
  /** Steps behind it. */
  readonly step: number;
  /** For each weight its numbers, then what the rule remembers about it. */
  readonly values: readonly (readonly Float32Array[])[];
}

/** From where an optimizer starts; the tensors stay the caller's. */
export interface OptimizerStart {
  readonly step: number;
  /** For each weight its value, then what the rule remembers about it: nothing yet, or all. */
  readonly values: readonly (readonly Tensor[])[];
}

export function createOptimizer(
  tf: Tf,
  name: OptimizerName,
  settings: OptimizerSettings,
  start: OptimizerStart,
): Optimizer {
  const tensorFlow = tensorFlowOf(tf);
  const rule: Rule = optimizers[name];
  const values = start.values.map(([weight, ...remembered]) => {
    const { length } = remembered;
    return [weight!, ...remembered, ...Array.from({ length: rule.memory - length }, () => tf.zerosLike(weight!))];
  });
  return tensorFlow === null
    ? portableOptimizer(tf, rule, settings, { ...start, values })
    : resourceOptimizer(tf, tensorFlow, rule, settings, { ...start, values });
}

/** The numbers of a tensor, in an array of their own. */
export const numbersOf = (tensor: Tensor): Float32Array => new Float32Array(tensor.dataSync<'float32'>());

/** The formulas in tfjs' own words, for every backend. */
function portableOptimizer(
  tf: Tf,
  { update }: Rule,
  settings: OptimizerSettings,
  { step: behind, values }: OptimizerStart,
): Optimizer {
  let step = behind;
  let states: readonly (readonly Tensor[])[] = values.map((own) => own.map((value) => tf.keep(value.clone())));
  return {
    weights: () => states.map(([weight]) => weight!),
    apply: (gradients, learningRate) => {
      step += 1;
      const before = states;
      const now = { ...settings, learningRate, step };
      states = before.map(([weight, ...remembered], i) =>
        update(tf, weight!, remembered, gradients[i]!, now).map((tensor) => tf.keep(tensor)),
      );
      tf.dispose(before.flat());
    },
    state: () => ({ step, values: states.map((own) => own.map(numbersOf)) }),
    [Symbol.dispose]: () => tf.dispose(states.flat()),
  };
}

/** TensorFlow's variables, which one operation updates in place. */
function resourceOptimizer(
  tf: Tf,
  tensorFlow: TensorFlow,
  { operation }: Rule,
  settings: OptimizerSettings,
  { step: behind, values }: OptimizerStart,
): Optimizer {
  const { run, type, flag } = tensorFlow;
  const flags = Object.entries(operation.flags).map(([name, value]) => flag(name, value));
  const scalars = scalarCache(tf);
  const states = scoped(tf, () => values.map((own) => own.map((value) => tf.keep(createVariable(tensorFlow, value)))));
  const readVariable = (variable: Tensor): Tensor => run('ReadVariableOp', [type('dtype')], [variable]);
  let step = behind;
  let read: readonly Tensor[] = [];
  return {
    weights: () => {
      tf.dispose([...read]);
      read = states.map(([variable]) => tf.keep(readVariable(variable!)));
      return read;
    },
    state: () => ({
      step,
      values: scoped(tf, () => states.map((own) => own.map((variable) => numbersOf(readVariable(variable))))),
    }),
    apply: (gradients, learningRate) => {
      step += 1;
      // A variable that somebody has read is copied before it is changed.
      tf.dispose([...read]);
      read = [];
      const before = operation.before({ ...settings, learningRate, step });
      const inputs = scalars.all([...before, ...operation.after(settings)]);
      for (const [i, state] of states.entries()) {
        const places = [...inputs.slice(0, before.length), gradients[i]!, ...inputs.slice(before.length)];
        run(operation.name, [type('T'), ...flags], [...state, ...places], 0);
      }
    },
    [Symbol.dispose]: () => {
      for (const variable of states.flat())
        run('DestroyResourceOp', [flag('ignore_lookup_error', true)], [variable], 0);
      scalars.dispose();
      tf.dispose([...read, ...states.flat()]);
    },
  };
}

let variables = 0;

function createVariable({ run, type, text, shape }: TensorFlow, value: Tensor): Tensor {
  const name = `secateur-${variables++}`;
  const attributes = [text('container', ''), text('shared_name', name), type('dtype'), shape('shape', value.shape)];
  const variable = run('VarHandleOp', attributes, []);
  run('AssignVariableOp', [type('dtype')], [variable, value], 0);
  return variable;
}

/** Scalars by their place in the list of an operation's inputs: most are the same in every step. */
function scalarCache(tf: Tf): { all: (values: readonly number[]) => Tensor[]; dispose: () => void } {
  const kept: { value: number; tensor: Tensor }[] = [];
  const at = (place: number, value: number): Tensor => {
    const found = kept[place];
    if (found?.value === value) return found.tensor;
    found?.tensor.dispose();
    const tensor = tf.keep(tf.scalar(value));
    kept[place] = { value, tensor };
    return tensor;
  };
  return {
    all: (values) => values.map((value, place) => at(place, value)),
    dispose: () => tf.dispose(kept.map(({ tensor }) => tensor)),
  };
}
