import { tensor } from '../../../../tensor/tensor.js';
import { corrupt, Unsupported } from '../../problems.js';
import type { Constant } from '../../tensors.js';
import type { Part } from '../layerBuilder.js';
import {
  constantInput,
  describeNode,
  floats,
  integerAttribute,
  integersAttribute,
  optionalConstant,
  type ReadNode,
  valueInput,
} from '../node.js';
import type { Value } from '../values.js';
import { vectorOf } from '../vectors.js';
import type { Operator } from './operator.js';
import { expectImage, readWindow, windowAttributes } from './window.js';

/** `[filters, channels, height, width]` as `[height, width, channels, filters]`. */
function channelsLast(node: ReadNode, weight: Constant): Float32Array {
  const from = floats(node, weight);
  const [filters = 0, channels = 0, height = 0, width = 0] = weight.shape;
  const area = height * width;
  const data = new Float32Array(from.length);
  for (let f = 0; f < filters; f++) {
    for (let c = 0; c < channels; c++) {
      const start = (f * channels + c) * area;
      for (let p = 0; p < area; p++) data[(p * channels + c) * filters + f] = from[start + p] ?? 0;
    }
  }
  return data;
}

function checkChannels(node: ReadNode, x: Value, weight: Constant, groups: number): void {
  const [filters = 0, channels = 0] = weight.shape;
  const declared = integersAttribute(node, 'kernel_shape');
  const fits =
    channels * groups === x.shape[2] &&
    filters % groups === 0 &&
    (declared ?? weight.shape.slice(2)).every((size, i) => size === weight.shape[i + 2]);
  if (!fits) {
    throw corrupt(
      `${describeNode(node.proto)}: a kernel [${weight.shape}] in ${groups} groups does not fit an image [${x.shape}]`,
    );
  }
}

function convolutionPart(node: ReadNode, x: Value, weight: Constant): Part {
  const groups = integerAttribute(node, 'group', 1);
  checkChannels(node, x, weight, groups);
  const [filters = 0, channels = 0, height = 0, width = 0] = weight.shape;
  const bias = optionalConstant(node, 2);
  const window = readWindow(node, x, [height, width]);
  const kernel = channelsLast(node, weight);
  const added = bias && { bias: vectorOf(node, bias, filters) };
  if (groups > 1 && channels === 1) {
    // Depthwise kernels are [height, width, channels, multiplier] with filter = channel * multiplier + m: the same bytes.
    const weights = { kernel: tensor([height, width, groups, filters / groups], kernel), ...added };
    return { kind: 'depthwiseConv2d', config: { ...window, depthMultiplier: filters / groups }, weights };
  }
  const weights = { kernel: tensor([height, width, channels, filters], kernel), ...added };
  return { kind: 'conv2d', config: { ...window, filters, groups }, weights };
}

const conv: Operator = {
  attributes: [...windowAttributes, 'group'],
  convert: (node, build) => {
    const x = valueInput(node);
    const weight = constantInput(node, 1);
    if (weight.shape.length !== 4) throw new Unsupported(`its kernel has ${weight.shape.length} axes, not four`);
    expectImage(x);
    return build.add(node, convolutionPart(node, x, weight), [x]);
  },
};

export const convolutionOperators = { Conv: conv } as const satisfies Record<string, Operator>;
