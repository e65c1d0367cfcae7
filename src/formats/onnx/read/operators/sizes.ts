import { sizeOf } from '../../../../tensor/tensor.js';
import { corrupt, Unsupported } from '../../problems.js';
import { dataTypes } from '../../proto/messages.js';
import type { Constant } from '../../tensors.js';
import type { Builder } from '../layerBuilder.js';
import {
  constantInput,
  describeNode,
  integerAttribute,
  integers,
  optionalConstant,
  type ReadNode,
  sizesIn,
  valueInput,
} from '../node.js';
import { onnxShape, openSize } from '../values.js';
import type { Operator } from './operator.js';
import { namedAxes } from './pooling.js';

/**
 * Exporters write `x.view(x.size(0), -1)` as a computation of sizes. All of it is known when a model is read, but for the
 * number of samples, so that these operators are worked out here and become no layers.
 */
function wholeNumbers(node: ReadNode, build: Builder, shape: readonly number[], values: readonly number[]): Constant {
  build.budget.take(values.length);
  const [name = ''] = node.proto.output;
  return { type: 'constant', name, shape, data: Float64Array.from(values) };
}

/** The sizes that a node takes: a list, or a single number. */
function sizesInput(node: ReadNode, index = 0): Constant {
  const found = constantInput(node, index);
  if (found.shape.length > 1) throw new Unsupported(`it computes with a table [${found.shape}] of whole numbers`);
  return found;
}

const shape: Operator = {
  attributes: ['start', 'end'],
  convert: (node, build) => {
    const sizes = [build.batch ?? openSize, ...onnxShape(valueInput(node))];
    const part = sizes.slice(integerAttribute(node, 'start', 0), integerAttribute(node, 'end', sizes.length));
    return wholeNumbers(node, build, [part.length], part);
  },
};

/** The element at an index that may count from the end. */
function elementAt(node: ReadNode, list: readonly number[], index: number): number {
  const found = list.at(index);
  if (found !== undefined) return found;
  throw corrupt(`${describeNode(node.proto)}: there is no element ${index} in a list of ${list.length}`);
}

const gather: Operator = {
  attributes: ['axis'],
  convert: (node, build) => {
    const list = sizesIn(node, sizesInput(node));
    const indices = sizesInput(node, 1);
    const picked = integers(node, indices).map((index) => elementAt(node, list, index));
    return wholeNumbers(node, build, indices.shape, picked);
  },
};

const slice: Operator = {
  attributes: [],
  convert: (node, build) => {
    const list = sizesIn(node, sizesInput(node));
    const [start, end] = [1, 2].map((index) => integers(node, constantInput(node, index))[0]);
    const steps = optionalConstant(node, 4);
    if (steps && integers(node, steps).some((step) => step !== 1)) throw new Unsupported('it takes steps');
    const part = list.slice(start, end);
    return wholeNumbers(node, build, [part.length], part);
  },
};

const wholeTypes: readonly number[] = [dataTypes.int32, dataTypes.int64];

const cast: Operator = {
  attributes: ['to', 'saturate'],
  convert: (node, build) => {
    const sizes = sizesInput(node);
    if (!wholeTypes.includes(integerAttribute(node, 'to', 0))) throw new Unsupported('it casts to no whole numbers');
    return wholeNumbers(node, build, sizes.shape, sizesIn(node, sizes));
  },
};

export const sizeOperators = { Shape: shape, Gather: gather, Slice: slice, Cast: cast } as const satisfies Record<
  string,
  Operator
>;

/** An operator of layers that exporters also use on sizes: what it makes of them where its first input is constant. */
export const alsoOnSizes = ({ attributes, convert }: Operator, fold: Operator['convert']): Operator => ({
  attributes,
  convert: (node, build) => (node.inputs[0]?.type === 'constant' ? fold : convert)(node, build),
});

export const joinSizes: Operator['convert'] = (node, build) => {
  const joined = node.inputs.flatMap((_, index) => sizesIn(node, sizesInput(node, index)));
  return wholeNumbers(node, build, [joined.length], joined);
};

/** Axes of size 1 that come or go: the list stays what it is. */
export const reshapeSizes =
  (change: 1 | -1): Operator['convert'] =>
  (node, build) => {
    const sizes = sizesInput(node);
    const rank = sizes.shape.length;
    const moved = namedAxes(node, rank)?.length ?? (change < 0 ? rank : 0);
    const target = Array.from({ length: rank + change * moved }, (_, axis) => sizes.shape[axis] ?? 1);
    if (target.length > 1 || sizeOf(target) !== sizeOf(sizes.shape)) {
      throw new Unsupported(`it makes a table of whole numbers [${sizes.shape}]`);
    }
    return wholeNumbers(node, build, target, sizesIn(node, sizes));
  };
