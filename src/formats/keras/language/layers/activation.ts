import { type ActivationConfig, activationParameters } from '../../../../network/index.js';
import type { Shape } from '../../../../tensor/tensor.js';
import type { Dialect } from '../dialect.js';
import { expectAbsent, isObject, type Json, type KerasLayer, number, Unsupported } from '../json.js';
import type { LayerMapping } from './mapping.js';

type Names = Readonly<Record<string, ActivationConfig>>;

/** What all call by the same name. */
const common: Names = {
  linear: { fn: 'linear' },
  relu: { fn: 'relu' },
  relu6: { fn: 'relu6' },
  elu: { fn: 'elu' },
  selu: { fn: 'selu' },
  sigmoid: { fn: 'sigmoid' },
  tanh: { fn: 'tanh' },
  softplus: { fn: 'softplus' },
  swish: { fn: 'swish' },
  gelu: { fn: 'gelu' },
  softmax: { fn: 'softmax' },
};

/** The names that are written, by who reads them. */
const names: { readonly [D in Dialect]: Names } = {
  tfjs: { ...common, hard_sigmoid: { fn: 'hardSigmoid' } },
  keras2: { ...common, hard_sigmoid: { fn: 'hardSigmoid' } },
  keras3: {
    ...common,
    hard_sigmoid: { fn: 'hardSigmoid', alpha: 1 / 6 },
    hard_silu: { fn: 'hardSwish' },
    leaky_relu: { fn: 'leakyRelu', alpha: 0.2 },
  },
};

/** Names that are understood besides. tfjs cannot load the `gelu_new` that it writes. */
const aliases: { readonly [D in Dialect]: Names } = {
  tfjs: { silu: { fn: 'swish' }, hardSigmoid: { fn: 'hardSigmoid' }, gelu_new: { fn: 'geluTanh' } },
  keras2: { silu: { fn: 'swish' }, leaky_relu: { fn: 'leakyRelu', alpha: 0.2 } },
  keras3: { silu: { fn: 'swish' }, hard_swish: { fn: 'hardSwish' } },
};

/** The function of this name, which Keras 3 may wrap in an object. @throws Unsupported if there is none. */
export function activationNamed(given: unknown, dialect: Dialect): ActivationConfig {
  const name = isObject(given) && given.class_name === 'function' ? given.config : given;
  const known: Names = { ...names[dialect], ...aliases[dialect] };
  if (typeof name !== 'string' || !Object.hasOwn(known, name)) {
    throw new Unsupported(`the activation ${JSON.stringify(name)}`);
  }
  return known[name]!;
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

function sameFunction(a: ActivationConfig, b: ActivationConfig): boolean {
  const [ours, theirs] = [activationParameters(a), activationParameters(b)];
  return a.fn === b.fn && ours.alpha === theirs.alpha && ours.beta === theirs.beta;
}

/** The name by which Keras applies a function: only with the very parameters that the name stands for. */
const activationName = (config: ActivationConfig, dialect: Dialect): string | undefined =>
  Object.entries(names[dialect]).find(([, known]) => sameFunction(config, known))?.[0];

/** Functions with a parameter that only a layer of its own can carry: its class, and what the parameter is called. */
function layerWithParameter({ fn }: ActivationConfig, dialect: Dialect): [className: string, name: string] | undefined {
  if (fn === 'elu') return ['ELU', 'alpha'];
  if (fn === 'leakyRelu') return ['LeakyReLU', dialect === 'keras3' ? 'negative_slope' : 'alpha'];
  return undefined;
}

function write(name: string, config: ActivationConfig, dialect: Dialect): KerasLayer {
  const called = activationName(config, dialect);
  if (called !== undefined) return { className: 'Activation', name, config: { activation: called } };
  const own = layerWithParameter(config, dialect);
  if (own === undefined) throw new Unsupported(`the activation ${JSON.stringify(config)}`);
  const [className, parameter] = own;
  return { className, name, config: { [parameter]: activationParameters(config).alpha } };
}

export const activation: LayerMapping<'activation'> = {
  classes: {
    Activation: (config, _inputs, dialect) => activationNamed(config.activation, dialect),
    ReLU: readReLU,
    LeakyReLU: (config) => ({ fn: 'leakyRelu', alpha: number(config, 'alpha', number(config, 'negative_slope', 0.3)) }),
    ELU: (config) => ({ fn: 'elu', alpha: number(config, 'alpha', 1) }),
    Softmax: readSoftmax,
  },
  activationName,
  write: ({ name, config }, dialect) => [write(name, config, dialect)],
};
