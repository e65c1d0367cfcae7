import { type ExplicitPadding, resolvePadding, type Window } from '../../../../network/index.js';
import { Unsupported } from '../../problems.js';
import { integerAttribute, integers, integersAttribute, optionalConstant, type ReadNode, valueInput } from '../node.js';
import { asListed, type Value } from '../values.js';
import type { Operator } from './operator.js';
import { expectImage, kernelShape, readWindow, windowAttributes } from './window.js';

/**
 * The window of a pooling that rounds the size of its output up: with as many more zeros at the end as let the last window
 * reach over the edge, but for one that would begin behind it. They never win, nor count in a mean.
 *
 * @throws Unsupported where the zeros of the padding count in a mean: those at the end would too.
 */
function withCeiling(node: ReadNode, x: Value, window: Window, zerosCount: boolean): Window {
  if (integerAttribute(node, 'ceil_mode', 0) === 0) return window;
  const padding = resolvePadding(window, x.shape);
  const more = [0, 1].map((axis) => zerosForCeiling(window, axis as 0 | 1, x.shape[axis] ?? 0, padding));
  if (more.every((zeros) => zeros === 0)) return window;
  if (zerosCount || window.padding === 'same') throw new Unsupported('its ceil_mode lets windows reach over the edge');
  const [[top, bottom], [left, right]] = padding;
  const [below = 0, beside = 0] = more;
  return {
    ...window,
    padding: [
      [top, bottom + below],
      [left, right + beside],
    ],
  };
}

function zerosForCeiling(window: Window, axis: 0 | 1, size: number, padding: ExplicitPadding): number {
  const [stride, [before, after]] = [window.strides[axis], padding[axis]];
  const steps = size + before + after - (window.kernelSize[axis] - 1) * window.dilation[axis] - 1;
  const rest = steps % stride;
  const beginsInside = Math.ceil(steps / stride) * stride < size + before;
  return rest !== 0 && beginsInside ? stride - rest : 0;
}

function readPool(node: ReadNode, zerosCount = false): { x: Value; window: Window } {
  const x = valueInput(node);
  expectImage(x);
  const window = readWindow(node, x, kernelShape(node));
  return { x, window: withCeiling(node, x, window, zerosCount) };
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
    const includePadding = integerAttribute(node, 'count_include_pad', 0) !== 0;
    const { x, window } = readPool(node, includePadding);
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
