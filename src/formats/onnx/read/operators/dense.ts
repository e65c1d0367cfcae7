import { type Tensor, tensor } from '../../../../tensor/tensor.js';
import { corrupt, Unsupported } from '../../problems.js';
import type { Constant } from '../../tensors.js';
import type { Builder } from '../layerBuilder.js';
import {
  constantInput,
  describeNode,
  floatAttribute,
  floats,
  integerAttribute,
  optionalConstant,
  type ReadNode,
  valueInput,
} from '../node.js';
import { positions, type Value } from '../values.js';
import type { Operator } from './operator.js';

interface KernelOptions {
  /** Whether the file has it as `[units, features]`. */
  readonly transposed: boolean;
  readonly factor: number;
}

/** A matrix as the kernel `[features, units]` of a dense layer, its rows in the order in which the layer sees them. */
function kernelOf(node: ReadNode, x: Value, matrix: Constant, { transposed, factor }: KernelOptions): Tensor {
  const [features = 0, units = 0] = transposed ? matrix.shape.toReversed() : matrix.shape;
  if (x.shape.length !== 1)
    throw new Unsupported(`it multiplies an input of shape [${x.shape}]; only rows have a layer`);
  if (matrix.shape.length !== 2 || features !== x.shape[0]) {
    throw corrupt(`${describeNode(node.proto)}: a matrix [${matrix.shape}] for ${x.shape[0]} features`);
  }
  const from = floats(node, matrix);
  const kernel = new Float32Array(from.length);
  const rows = positions(x.order, features);
  const [featureStep, unitStep] = transposed ? [1, features] : [units, 1];
  for (let i = 0; i < features; i++) {
    const row = (rows[i] ?? 0) * units;
    for (let j = 0; j < units; j++) kernel[row + j] = factor * (from[i * featureStep + j * unitStep] ?? 0);
  }
  return tensor([features, units], kernel);
}

/** The constant that `Gemm` adds, as one number a unit. */
function biasOf(node: ReadNode, constant: Constant, units: number, factor: number): Tensor {
  const from = floats(node, constant);
  const flat = constant.shape.slice(0, -1).every((size) => size === 1);
  if (!flat || (from.length !== units && from.length !== 1)) {
    throw corrupt(`${describeNode(node.proto)}: a bias [${constant.shape}] for ${units} units`);
  }
  return tensor(
    [units],
    Float32Array.from({ length: units }, (_, i) => factor * (from[from.length === 1 ? 0 : i] ?? 0)),
  );
}

function addDense(node: ReadNode, build: Builder, kernel: Tensor, bias?: Tensor): Value {
  const units = kernel.shape[1] ?? 0;
  const weights = bias === undefined ? { kernel } : { kernel, bias };
  return build.add(node, { kind: 'dense', config: { units }, weights }, [valueInput(node)], {});
}

const gemm: Operator = {
  attributes: ['alpha', 'beta', 'transA', 'transB'],
  convert: (node, build) => {
    if (integerAttribute(node, 'transA', 0) !== 0) throw new Unsupported('it transposes its input (transA)');
    const kernel = kernelOf(node, valueInput(node), constantInput(node, 1), {
      transposed: integerAttribute(node, 'transB', 0) !== 0,
      factor: floatAttribute(node, 'alpha', 1),
    });
    const added = optionalConstant(node, 2);
    const beta = floatAttribute(node, 'beta', 1);
    return addDense(node, build, kernel, added && biasOf(node, added, kernel.shape[1] ?? 0, beta));
  },
};

const matMul: Operator = {
  attributes: [],
  convert: (node, build) => {
    const options = { transposed: false, factor: 1 };
    return addDense(node, build, kernelOf(node, valueInput(node), constantInput(node, 1), options));
  },
};

export const denseOperators = { Gemm: gemm, MatMul: matMul } as const satisfies Record<string, Operator>;
