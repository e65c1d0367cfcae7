import type { ActivationConfig, ActivationName, LayerSpec } from '../../../../network/index.js';
import { type Tensor, tensor } from '../../../../tensor/tensor.js';
import { Unsupported } from '../../problems.js';
import type { Constant } from '../../tensors.js';
import type { Builder, Part } from '../layerBuilder.js';
import { constantInput, floatAttribute, integerAttribute, type ReadNode, valueInput } from '../node.js';
import { joinOrders, sameAxes, sameOrder, type Value } from '../values.js';
import { channelVector, inLayerOrder, vectorOf } from '../vectors.js';
import type { Operator } from './operator.js';
import { alsoOnSizes, joinSizes } from './sizes.js';

/** Everything that a node takes, all of it computed. */
const allValues = (node: ReadNode): Value[] => node.inputs.map((_, index) => valueInput(node, index));

/** @throws Unsupported unless the inputs lie in memory alike, so that elementwise means the same in both layouts. */
function expectAlike([first, ...others]: readonly Value[]): void {
  for (const other of others) {
    const alike = first && sameAxes(first.axes, other.axes) && sameOrder(first.order, other.order);
    if (!alike) throw new Unsupported(`its inputs [${first?.shape}] and [${other.shape}] are not laid out alike`);
  }
}

function elementwise(kind: 'add' | 'multiply', node: ReadNode, build: Builder): Value {
  const inputs = allValues(node);
  expectAlike(inputs);
  return build.add(node, { kind }, inputs);
}

const filled = (channels: number, value: number): Tensor => tensor([channels], new Float32Array(channels).fill(value));

/**
 * One number added to or multiplied with each channel. A batch normalisation with mean 0, variance 1 and epsilon 0 does
 * exactly this, in any arithmetic.
 */
function affine(node: ReadNode, build: Builder, x: Value, weights: { gamma: Tensor } | { beta: Tensor }): Value {
  const channels = x.shape.at(-1) ?? 1;
  build.budget.take(2 * channels);
  const standard = { mean: filled(channels, 0), variance: filled(channels, 1) };
  return build.add(node, { kind: 'batchNorm', config: { epsilon: 0 }, weights: { ...weights, ...standard } }, [x]);
}

/** Whether the layer that makes `x` multiplies weights and adds nothing yet, so that a sum behind it can be its bias. */
function takesBias(x: Value, { weights = {} }: LayerSpec): boolean {
  return x.sole && 'kernel' in weights && !('bias' in weights);
}

function addConstant(node: ReadNode, build: Builder, x: Value, constant: Constant): Value {
  const vector = channelVector(node, x, constant, build);
  const part = build.partOf(x);
  if (!takesBias(x, part)) return affine(node, build, x, { beta: vector });
  return build.amend(node, x, { ...part, weights: { ...part.weights, bias: vector } } as Part);
}

const multiplyConstant = (node: ReadNode, build: Builder, x: Value, constant: Constant): Value =>
  affine(node, build, x, { gamma: channelVector(node, x, constant, build) });

/** Activations that exporters write as `x * gate(x)`. */
const gated = [
  { gate: { fn: 'sigmoid' }, fn: 'swish' },
  { gate: { fn: 'hardSigmoid', alpha: Math.fround(1 / 6), beta: 0.5 }, fn: 'hardSwish' },
] as const;

/** The activation that `x * gate` is, if the gate is made of `x` for this product alone. */
function gatedActivation(build: Builder, x: Value, gate: Value): ActivationName | undefined {
  const { kind, inputs, config } = build.partOf(gate);
  if (kind !== 'activation' || !gate.sole || inputs?.[0] !== x.layer || !sameAxes(x.axes, gate.axes)) return undefined;
  const is = (wanted: Partial<ActivationConfig>): boolean =>
    config?.fn === wanted.fn &&
    Math.fround(config?.alpha ?? 0) === (wanted.alpha ?? 0) &&
    Math.fround(config?.beta ?? 0) === (wanted.beta ?? 0);
  return gated.find((row) => is(row.gate))?.fn;
}

function multiplyValues(node: ReadNode, build: Builder): Value {
  const [a, b] = [valueInput(node, 0), valueInput(node, 1)];
  for (const [x, gate] of [
    [a, b],
    [b, a],
  ] as const) {
    const fn = gatedActivation(build, x, gate);
    if (fn === undefined) continue;
    build.remove(gate);
    return build.add(node, { kind: 'activation', config: { fn } }, [x]);
  }
  return elementwise('multiply', node, build);
}

type WithConstant = (node: ReadNode, build: Builder, x: Value, constant: Constant) => Value;

/** A sum or product of two tensors, of which one may be a constant, on either side. */
const binary = (values: Operator['convert'], withConstant: WithConstant): Operator => ({
  attributes: [],
  convert: (node, build) => {
    const at = node.inputs.findIndex((input) => input?.type === 'constant');
    if (at < 0) return values(node, build);
    return withConstant(node, build, valueInput(node, 1 - at), constantInput(node, at));
  },
});

const sum: Operator = { attributes: [], convert: (node, build) => elementwise('add', node, build) };

const concat: Operator = {
  attributes: ['axis'],
  convert: (node, build) => {
    const inputs = allValues(node);
    const { axes } = valueInput(node);
    const named = integerAttribute(node, 'axis', 0);
    const axis = axes[named < 0 ? axes.length + named : named - 1];
    if (axis === undefined) throw new Unsupported(`its axis ${named} is that of the samples`);
    const unlike = inputs.find((input) => !sameAxes(input.axes, axes));
    if (unlike) throw new Unsupported(`its inputs [${inputs[0]?.shape}] and [${unlike.shape}] are not laid out alike`);
    const last = axis === axes.length - 1;
    const layout = { axes, order: axes.length === 1 ? joinOrders(inputs) : null };
    return build.add(node, { kind: 'concat', config: { axis: last ? -1 : axis } }, inputs, layout);
  },
};

const batchNormalization: Operator = {
  attributes: ['epsilon', 'momentum', 'training_mode'],
  convert: (node, build) => {
    const x = valueInput(node);
    if (integerAttribute(node, 'training_mode', 0) !== 0) throw new Unsupported('it is in training mode');
    if (x.axes[0] !== x.axes.length - 1) throw new Unsupported('it normalises another axis than that of channels');
    const channels = x.shape.at(-1) ?? 0;
    const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((index) =>
      inLayerOrder(x, vectorOf(node, constantInput(node, index), channels)),
    ) as [Tensor, Tensor, Tensor, Tensor];
    const config = { epsilon: floatAttribute(node, 'epsilon', 1e-5) };
    return build.add(node, { kind: 'batchNorm', config, weights: { gamma, beta, mean, variance } }, [x]);
  },
};

export const elementwiseOperators = {
  Add: binary((node, build) => elementwise('add', node, build), addConstant),
  Mul: binary(multiplyValues, multiplyConstant),
  Sum: sum,
  Concat: alsoOnSizes(concat, joinSizes),
  BatchNormalization: batchNormalization,
} as const satisfies Record<string, Operator>;
