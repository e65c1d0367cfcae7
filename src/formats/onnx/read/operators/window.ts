import {
  type ExplicitPadding,
  type Padding,
  type Pair,
  resolvePadding,
  type Window,
} from '../../../../network/index.js';
import { corrupt, Unsupported } from '../../problems.js';
import { describeNode, integersAttribute, type ReadNode, textAttribute } from '../node.js';
import { channelsFirst, sameAxes, type Value } from '../values.js';

export const windowAttributes = ['auto_pad', 'dilations', 'kernel_shape', 'pads', 'strides'] as const;

/** @throws Unsupported unless the tensor is a batch of images, channels first, as ONNX's operators on images want. */
export function expectImage(x: Value): void {
  if (!sameAxes(x.axes, channelsFirst)) {
    throw new Unsupported(`its input of shape [${x.shape}] is no image with its channels first`);
  }
}

function pairAttribute(node: ReadNode, name: string): Pair {
  const [height = 1, width = 1, ...more] = integersAttribute(node, name) ?? [];
  if (more.length > 0) throw new Unsupported(`its ${name} have ${more.length + 2} axes; only images have layers`);
  return [height, width];
}

function explicitPads(node: ReadNode): Padding {
  const pads = integersAttribute(node, 'pads') ?? [0, 0, 0, 0];
  if (pads.length !== 4) throw corrupt(`${describeNode(node.proto)}: pads [${pads}] of an image are four numbers`);
  if (pads.some((pad) => pad < 0)) throw new Unsupported(`its pads [${pads}] crop`);
  const [top = 0, left = 0, bottom = 0, right = 0] = pads;
  return [top, left, bottom, right].every((pad) => pad === 0)
    ? 'valid'
    : [
        [top, bottom],
        [left, right],
      ];
}

/** The odd zero of `same` at the top and left. */
function sameLower(window: Window, x: Value): ExplicitPadding {
  const [[top, bottom], [left, right]] = resolvePadding(window, x.shape);
  return [
    [bottom, top],
    [right, left],
  ];
}

/**
 * @throws Unsupported where strides leave out so many rows that the sum of the zeros is negative: ONNX does not say what
 * that means, and onnxruntime crops where others do not pad.
 */
function same(window: Window, x: Value): Window {
  for (const axis of [0, 1] as const) {
    const size = x.shape[axis] ?? 0;
    const stride = window.strides[axis];
    const extent = (window.kernelSize[axis] - 1) * window.dilation[axis] + 1;
    const zeros = (Math.ceil(size / stride) - 1) * stride + extent - size;
    if (zeros < -1) throw new Unsupported('its auto_pad would crop');
  }
  return { ...window, padding: 'same' };
}

type ResolvePadding = (node: ReadNode, window: Window, x: Value) => Padding;

/** What each word of `auto_pad` means. */
const paddings: ReadonlyMap<string, ResolvePadding> = new Map<string, ResolvePadding>([
  ['NOTSET', explicitPads],
  ['VALID', () => 'valid'],
  ['SAME_UPPER', (_node, window, x) => same(window, x).padding],
  ['SAME_LOWER', (_node, window, x) => sameLower(same(window, x), x)],
]);

/** How a convolution or pooling walks over its input, an image. */
export function readWindow(node: ReadNode, x: Value, kernelSize: Pair): Window {
  const mode = textAttribute(node, 'auto_pad', 'NOTSET');
  const resolve = paddings.get(mode);
  if (resolve === undefined) throw corrupt(`${describeNode(node.proto)}: auto_pad is "${mode}"`);
  const [strides, dilation] = [pairAttribute(node, 'strides'), pairAttribute(node, 'dilations')];
  if (![...strides, ...dilation, ...kernelSize].every((n) => Number.isSafeInteger(n) && n > 0)) {
    throw corrupt(`${describeNode(node.proto)}: its kernel, strides and dilations must be positive`);
  }
  const window: Window = { kernelSize, strides, dilation, padding: 'valid' };
  return { ...window, padding: resolve(node, window, x) };
}

/** The kernel of a pooling. */
export function kernelShape(node: ReadNode): Pair {
  if (integersAttribute(node, 'kernel_shape') === undefined) {
    throw corrupt(`${describeNode(node.proto)}: it has no kernel_shape`);
  }
  return pairAttribute(node, 'kernel_shape');
}
