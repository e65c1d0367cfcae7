import { type ActivationConfig, type ActivationName, activationParameters } from '../../../network/index.js';
import type { Shape } from '../../../tensor/tensor.js';
import { expectAbsent, type Json, type KerasLayer, number, Unsupported } from '../keras.js';
import type { LayerMapping } from './mapping.js';

/** Keras' names of the functions that it applies by name. tfjs cannot load the `gelu_new` that it writes. */
const names: Partial<Record<ActivationName, string>> = {
  linear: 'linear',
  relu: 'relu',
  relu6: 'relu6',
  elu: 'elu',
  selu: 'selu',
  sigmoid: 'sigmoid',
  hardSigmoid: 'hard_sigmoid',
  tanh: 'tanh',
  softplus: 'softplus',
  swish: 'swish',
  gelu: 'gelu',
  softmax: 'softmax',
};

const byName = new Map<unknown, ActivationName>([
  ...Object.entries(names).map(([fn, name]) => [name, fn as ActivationName] as const),
  ['hardSigmoid', 'hardSigmoid'],
  ['gelu_new', 'geluTanh'],
  ['silu', 'swish'],
]);

/** The function of this name. @throws Unsupported if there is none. */
export function activationNamed(name: unknown): ActivationName {
  const fn = byName.get(name);
  if (fn === undefined) throw new Unsupported(`the activation ${JSON.stringify(name)}`);
  return fn;
}

function readReLU(config: Json): ActivationConfig {
  expectAbsent(config, 'negative_slope', 'threshold');
  const max = config.max_value ?? null;
  if (max !== null && max !== 6) throw new Unsupported(`a relu that ends at ${JSON.stringify(max)}`);
  return { fn: max === null ? 'relu' : 'relu6' };
}

function readSoftmax(config: Json, [input = []]: readonly Shape[]): ActivationConfig {
  const axis = config.axis ?? -1;
  if (axis !== -1 && axis !== input.length) throw new Unsupported(`softmax over axis ${JSON.stringify(axis)}`);
  return { fn: 'softmax' };
}

/** The name by which Keras applies a function: only with the parameters that are its defaults. */
function activationName(config: ActivationConfig): string | undefined {
  const { alpha, beta } = activationParameters(config);
  const usual = activationParameters({ fn: config.fn });
  return alpha === usual.alpha && beta === usual.beta ? names[config.fn] : undefined;
}

/** Functions with a parameter that only a layer of its own can carry. */
const classesWithAlpha: Partial<Record<ActivationName, string>> = { leakyRelu: 'LeakyReLU', elu: 'ELU' };

function write(name: string, config: ActivationConfig): KerasLayer {
  const called = activationName(config);
  if (called !== undefined) return { className: 'Activation', name, config: { activation: called } };
  const className = classesWithAlpha[config.fn];
  if (className !== undefined) return { className, name, config: { alpha: activationParameters(config).alpha } };
  throw new Unsupported(`the activation ${JSON.stringify(config)}`);
}

export const activation: LayerMapping<'activation'> = {
  classes: {
    Activation: (config) => ({ fn: activationNamed(config.activation) }),
    ReLU: readReLU,
    LeakyReLU: (config) => ({ fn: 'leakyRelu', alpha: number(config, 'alpha', number(config, 'negative_slope', 0.3)) }),
    ELU: (config) => ({ fn: 'elu', alpha: number(config, 'alpha', 1) }),
    Softmax: readSoftmax,
  },
  activationName,
  write: ({ name, config }) => [write(name, config)],
};
