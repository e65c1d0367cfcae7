import type { Window } from '../../../../network/index.js';
import { resolvePadding } from '../../../../network/index.js';
import { Unsupported } from '../../problems.js';
import { integerAttribute, integers, integersAttribute, optionalConstant, type ReadNode, valueInput } from '../node.js';
import { asListed, type Value } from '../values.js';
import type { Operator } from './operator.js';
import { expectImage, kernelShape, readWindow, windowAttributes } from './window.js';

/** @throws Unsupported if rounding the output's size up instead of down would change it. */
function expectNoCeiling(node: ReadNode, x: Value, window: Window): void {
  if (integerAttribute(node, 'ceil_mode', 0) === 0) return;
  const padding = resolvePadding(window, x.shape);
  for (const axis of [0, 1] as const) {
    const extent = (window.kernelSize[axis] - 1) * window.dilation[axis] + 1;
    const [before, after] = padding[axis];
    const steps = (x.shape[axis] ?? 0) + before + after - extent;
    if (steps % window.strides[axis] !== 0) throw new Unsupported('its ceil_mode lets windows reach over the edge');
  }
}

function readPool(node: ReadNode): { x: Value; window: Window } {
  const x = valueInput(node);
  expectImage(x);
  const window = readWindow(node, x, kernelShape(node));
  expectNoCeiling(node, x, window);
  return { x, window };
}

const maxPool: Operator = {
  attributes: [...windowAttributes, 'ceil_mode', 'storage_order'],
  convert: (node, build) => {
    const { x, window } = readPool(node);
    return build.add(node, { kind: 'maxPool2d', config: window }, [x]);
  },
};

const averagePool: Operator = {
  attributes: [...windowAttributes, 'ceil_mode', 'count_include_pad'],
  convert: (node, build) => {
    const { x, window } = readPool(node);
    const includePadding = integerAttribute(node, 'count_include_pad', 0) !== 0;
    return build.add(node, { kind: 'avgPool2d', config: { ...window, includePadding } }, [x]);
  },
};

const globalAveragePool: Operator = {
  attributes: [],
  convert: (node, build) => {
    const x = valueInput(node);
    expectImage(x);
    return build.add(node, { kind: 'globalAvgPool2d', config: { keepDims: true } }, [x]);
  },
};

/** The axes that a node names in its attribute (opset 13) or its second input (later), counted from the sample axis. */
export function namedAxes(node: ReadNode, rank: number): number[] | undefined {
  const constant = optionalConstant(node, 1);
  const axes = constant === undefined ? integersAttribute(node, 'axes') : integers(node, constant);
  return axes?.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
}

/** The mean over height and width, wherever the layout has them. */
const reduceMean: Operator = {
  attributes: ['axes', 'keepdims', 'noop_with_empty_axes'],
  convert: (node, build) => {
    const x = valueInput(node);
    const axes = namedAxes(node, x.axes.length + 1)?.map((axis) => x.axes[axis - 1]);
    const spatial = x.shape.length === 3 && axes?.length === 2 && [0, 1].every((axis) => axes.includes(axis));
    if (!spatial) throw new Unsupported('only the mean over the height and width of images has a layer');
    const keepDims = integerAttribute(node, 'keepdims', 1) !== 0;
    const layout = { axes: keepDims ? x.axes : asListed(1) };
    return build.add(node, { kind: 'globalAvgPool2d', config: { keepDims } }, [x], layout);
  },
};

export const poolingOperators = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: globalAveragePool,
  ReduceMean: reduceMean,
} as const satisfies Record<string, Operator>;
