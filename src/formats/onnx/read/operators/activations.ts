import type { ActivationConfig, ActivationName } from '../../../../network/index.js';
import { Unsupported } from '../../problems.js';
import type { Builder } from '../layerBuilder.js';
import {
  floatAttribute,
  floats,
  integerAttribute,
  optionalConstant,
  type ReadNode,
  shortestDecimal,
  textAttribute,
  valueInput,
} from '../node.js';
import type { Operand, Value } from '../values.js';
import type { Operator } from './operator.js';

const apply = (node: ReadNode, build: Builder, config: ActivationConfig): Value =>
  build.add(node, { kind: 'activation', config }, [valueInput(node)]);

const plain = (fn: ActivationName): Operator => ({
  attributes: [],
  convert: (node, build) => apply(node, build, { fn }),
});

/** Functions with parameters; the numbers are ONNX's defaults. */
const withAlpha = (fn: ActivationName, alpha: number): Operator => ({
  attributes: ['alpha'],
  convert: (node, build) => apply(node, build, { fn, alpha: floatAttribute(node, 'alpha', alpha) }),
});

const hardSigmoid: Operator = {
  attributes: ['alpha', 'beta'],
  convert: (node, build) => {
    const parameters = { alpha: floatAttribute(node, 'alpha', 0.2), beta: floatAttribute(node, 'beta', 0.5) };
    return apply(node, build, { fn: 'hardSigmoid', ...parameters });
  },
};

/** The constants of Klambauer et al. 2017, ONNX's defaults. */
const seluConstants = { alpha: 1.6732632423543772, gamma: 1.0507009873554805 };

const selu: Operator = {
  attributes: ['alpha', 'gamma'],
  convert: (node, build) => {
    for (const [name, value] of Object.entries(seluConstants)) {
      const given = floatAttribute(node, name, value);
      if (Math.fround(given) !== Math.fround(value)) throw new Unsupported(`its ${name} is ${given}, not selu's own`);
    }
    return apply(node, build, { fn: 'selu' });
  },
};

const clip: Operator = {
  attributes: [],
  convert: (node, build) => {
    const [low, high] = [1, 2].map((index) => {
      const limit = optionalConstant(node, index);
      return limit === undefined ? 'open' : floats(node, limit)[0];
    });
    if (low !== 0 || high !== 6) throw new Unsupported(`it clips to [${low}, ${high}]; only [0, 6] is a layer`);
    return apply(node, build, { fn: 'relu6' });
  },
};

const geluForms: ReadonlyMap<string, ActivationName> = new Map([
  ['none', 'gelu'],
  ['tanh', 'geluTanh'],
]);

const gelu: Operator = {
  attributes: ['approximate'],
  convert: (node, build) => {
    const form = textAttribute(node, 'approximate', 'none');
    const fn = geluForms.get(form);
    if (fn === undefined) throw new Unsupported(`its approximation "${form}" is unknown`);
    return apply(node, build, { fn });
  },
};

const softmax: Operator = {
  attributes: ['axis'],
  convert: (node, build) => {
    const { axes } = valueInput(node);
    const axis = integerAttribute(node, 'axis', -1);
    const ours = axes[axis < 0 ? axes.length + axis : axis - 1];
    if (ours !== axes.length - 1) throw new Unsupported(`its axis ${axis} is not that of features or channels`);
    return apply(node, build, { fn: 'softmax' });
  },
};

/** No layer: exporters put it behind a softmax only to name the output, and the softmax must stay the end. */
const identity: Operator = {
  attributes: [],
  convert: (node): Operand => {
    const [input] = node.inputs;
    if (input?.type === 'constant') return input;
    const x = valueInput(node);
    return { ...x, sole: x.sole && node.sole };
  },
};

const dropout: Operator = {
  attributes: ['seed'],
  convert: (node, build) => {
    const ratio = optionalConstant(node, 1);
    const training = optionalConstant(node, 2);
    if (training?.data[0]) throw new Unsupported('it is in training mode');
    const rate = ratio && floats(node, ratio)[0];
    const config = rate === undefined ? { rate: 0.5 } : { rate: shortestDecimal(rate) };
    return build.add(node, { kind: 'dropout', config }, [valueInput(node)]);
  },
};

export const activationOperators = {
  Relu: plain('relu'),
  Sigmoid: plain('sigmoid'),
  Tanh: plain('tanh'),
  Softplus: plain('softplus'),
  HardSwish: plain('hardSwish'),
  LeakyRelu: withAlpha('leakyRelu', 0.01),
  Elu: withAlpha('elu', 1),
  HardSigmoid: hardSigmoid,
  Selu: selu,
  Clip: clip,
  Gelu: gelu,
  Softmax: softmax,
  Identity: identity,
  Dropout: dropout,
} as const satisfies Record<string, Operator>;
