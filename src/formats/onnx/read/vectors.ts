import { type Tensor, tensor } from '../../../tensor/tensor.js';
import { corrupt, Unsupported } from '../problems.js';
import type { Constant } from '../tensors.js';
import type { Builder } from './layerBuilder.js';
import { describeNode, floats, type ReadNode } from './node.js';
import { positions, type Value } from './values.js';

/** A constant that must be one number for each of `length` channels. */
export function vectorOf(node: ReadNode, constant: Constant, length: number): Tensor {
  if (constant.shape.length !== 1 || constant.shape[0] !== length) {
    throw corrupt(`${describeNode(node.proto)}: "${constant.name}" is [${constant.shape}] where [${length}] is due`);
  }
  return tensor([length], floats(node, constant).slice());
}

/** A vector in ONNX's order of the channels of `x` as the layer has them. */
export function inLayerOrder(x: Value, vector: Tensor): Tensor {
  if (x.order === null) return vector;
  const data = new Float32Array(vector.data.length);
  positions(x.order, data.length).forEach((ours, i) => {
    data[ours] = vector.data[i] ?? 0;
  });
  return tensor(vector.shape, data);
}

/**
 * What a constant adds to or multiplies with each channel of `x` when ONNX broadcasts it.
 *
 * @throws Unsupported if it is not one number for each channel, or one for all.
 */
export function channelVector(node: ReadNode, x: Value, constant: Constant, build: Builder): Tensor {
  const rank = x.axes.length;
  const channels = x.shape.at(-1) ?? 1;
  const channelAxis = x.axes.indexOf(rank - 1) + 1;
  const sizes = [...Array(Math.max(rank + 1 - constant.shape.length, 0)).fill(1), ...constant.shape];
  const fits = sizes.length === rank + 1 && sizes.every((size, axis) => size === 1 || axis === channelAxis);
  const from = floats(node, constant);
  if (!fits || (from.length !== 1 && from.length !== channels)) {
    throw new Unsupported(`its constant [${constant.shape}] is not one number for each channel`);
  }
  if (from.length === channels) return inLayerOrder(x, tensor([channels], from.slice()));
  build.budget.take(channels);
  return tensor([channels], new Float32Array(channels).fill(from[0] ?? 0));
}
