import { concatAxis, type LayerKind, type LayerOf, resolvePadding, type Window } from '../../../network/index.js';
import { type Shape, type Tensor, toFloats } from '../../../tensor/tensor.js';
import { activationWriters } from './activations.js';
import { type Emitter, float, integer, integers, type NodeOptions, text } from './emitter.js';

/** A tensor that a layer takes: its name in the file, and its shape as the layer before has it. */
export interface Source {
  readonly name: string;
  readonly shape: Shape;
}

/** Writes one layer and gives the name of its output, which is named after the layer wherever one node makes it. */
type WriteLayer<K extends LayerKind> = (layer: LayerOf<K>, inputs: readonly Source[], emit: Emitter) => string;

const first = ([source]: readonly Source[]): Source => source ?? { name: '', shape: [] };
const names = (inputs: readonly Source[]): string[] => inputs.map(({ name }) => name);

/** An image channels last, so that it can be taken as the layer's numbers in the layer's order; else the tensor itself. */
const channelsLast = ({ name, shape }: Source, emit: Emitter): string =>
  shape.length === 3 ? turn(name, [0, 2, 3, 1], emit, 'nhwc') : name;

const turn = (x: string, perm: readonly number[], emit: Emitter, helper: string): string =>
  emit.node('Transpose', [x], { attributes: { perm: integers(perm) }, helper });

const weightsOf = (weights: Readonly<Record<string, Tensor>>, name: string, emit: Emitter): string[] => {
  const weight = weights[name];
  return weight === undefined ? [] : [emit.weight(name, weight.shape, toFloats(weight))];
};

const dense: WriteLayer<'dense'> = ({ weights }, inputs, emit) =>
  emit.node('Gemm', [first(inputs).name, ...weightsOf(weights, 'kernel', emit), ...weightsOf(weights, 'bias', emit)]);

/**
 * Whether ONNX's own word for `same` can be used: onnxruntime does not take it with dilations, nor where a stride longer
 * than the window leaves rows out.
 */
const saysSame = ({ padding, kernelSize, strides, dilation }: Window): boolean =>
  padding === 'same' &&
  dilation.every((step) => step === 1) &&
  strides.every((step, i) => step <= (kernelSize[i] ?? 1));

function windowAttributes(window: Window, input: Shape): NonNullable<NodeOptions['attributes']> {
  const { kernelSize, strides, padding, dilation } = window;
  const walk = { kernel_shape: integers(kernelSize), strides: integers(strides), dilations: integers(dilation) };
  if (padding === 'valid') return { ...walk, auto_pad: text('VALID') };
  if (saysSame(window)) return { ...walk, auto_pad: text('SAME_UPPER') };
  const [[top, bottom], [left, right]] = resolvePadding(window, input);
  return { ...walk, pads: integers([top, left, bottom, right]) };
}

/** `[height, width, channels, filters]` as `[filters, channels, height, width]`. */
function channelsFirstKernel(kernel: Tensor, channels: number, filters: number): Float32Array {
  const data = new Float32Array(kernel.data.length);
  const area = data.length / (channels * filters);
  for (let f = 0; f < filters; f++) {
    for (let c = 0; c < channels; c++) {
      const start = (f * channels + c) * area;
      for (let p = 0; p < area; p++) data[start + p] = kernel.data[(p * channels + c) * filters + f] ?? 0;
    }
  }
  return data;
}

interface Convolution {
  readonly filters: number;
  /** Input channels that each filter sees. */
  readonly channels: number;
  readonly groups: number;
}

function writeConvolution(
  layer: LayerOf<'conv2d'> | LayerOf<'depthwiseConv2d'>,
  x: Source,
  emit: Emitter,
  { filters, channels, groups }: Convolution,
): string {
  const kernel = layer.weights.kernel as Tensor;
  const shape = [filters, channels, ...layer.config.kernelSize];
  const weight = emit.weight('kernel', shape, channelsFirstKernel(kernel, channels, filters));
  return emit.node('Conv', [x.name, weight, ...weightsOf(layer.weights, 'bias', emit)], {
    attributes: { ...windowAttributes(layer.config, x.shape), group: integer(groups) },
  });
}

const conv2d: WriteLayer<'conv2d'> = (layer, inputs, emit) => {
  const { filters, groups } = layer.config;
  const x = first(inputs);
  return writeConvolution(layer, x, emit, { filters, channels: (x.shape[2] ?? 0) / groups, groups });
};

/** Filter `channel * multiplier + m` sees its channel alone: as many groups as channels. */
const depthwiseConv2d: WriteLayer<'depthwiseConv2d'> = (layer, inputs, emit) => {
  const x = first(inputs);
  const groups = x.shape[2] ?? 0;
  return writeConvolution(layer, x, emit, { filters: groups * layer.config.depthMultiplier, channels: 1, groups });
};

/** ONNX normalises the axis behind the samples; tensors that have their channels last are turned for it. */
const batchNorm: WriteLayer<'batchNorm'> = ({ weights, config }, inputs, emit) => {
  const { name, shape } = first(inputs);
  const rank = shape.length;
  const channels = shape.at(-1) ?? 0;
  const filled = (key: string, value: number): string[] =>
    weights[key]
      ? weightsOf(weights, key, emit)
      : [emit.weight(key, [channels], new Float32Array(channels).fill(value))];
  const parameters = [
    ...filled('gamma', 1),
    ...filled('beta', 0),
    ...weightsOf(weights, 'mean', emit),
    ...weightsOf(weights, 'variance', emit),
  ];
  const attributes = { epsilon: float(config.epsilon) };
  if (rank === 1 || rank === 3) return emit.node('BatchNormalization', [name, ...parameters], { attributes });
  const middle = shape.slice(1).map((_, axis) => axis + 1);
  const turned = turn(name, [0, rank, ...middle], emit, 'first');
  const normal = emit.node('BatchNormalization', [turned, ...parameters], { attributes });
  return turn(normal, [0, ...middle.map((axis) => axis + 1), 1], emit, 'last');
};

const maxPool2d: WriteLayer<'maxPool2d'> = ({ config }, inputs, emit) =>
  emit.node('MaxPool', names(inputs), { attributes: windowAttributes(config, first(inputs).shape) });

/** `AveragePool` has dilations since operator set 19. */
const avgPool2d: WriteLayer<'avgPool2d'> = ({ config }, inputs, emit) => {
  const { dilations: _later, ...window } = windowAttributes(config, first(inputs).shape);
  const attributes = { ...window, count_include_pad: integer(config.includePadding ? 1 : 0) };
  if (config.dilation.every((step) => step === 1)) return emit.node('AveragePool', names(inputs), { attributes });
  const dilations = integers(config.dilation);
  return emit.node('AveragePool', names(inputs), { attributes: { ...attributes, dilations }, since: 19 });
};

const globalAvgPool2d: WriteLayer<'globalAvgPool2d'> = ({ config }, inputs, emit) => {
  const pooled = emit.node('GlobalAveragePool', names(inputs));
  return config.keepDims ? pooled : emit.node('Squeeze', [pooled, emit.sizes('axes', [2, 3])], { helper: 'squeeze' });
};

const flatten: WriteLayer<'flatten'> = (_layer, inputs, emit) =>
  emit.node('Flatten', [channelsLast(first(inputs), emit)], { attributes: { axis: integer(1) } });

const reshape: WriteLayer<'reshape'> = ({ config: { shape } }, inputs, emit) => {
  const sizes = emit.sizes('shape', [0, ...shape]);
  const reshaped = emit.node('Reshape', [channelsLast(first(inputs), emit), sizes]);
  return shape.length === 3 ? turn(reshaped, [0, 3, 1, 2], emit, 'nchw') : reshaped;
};

const dropout: WriteLayer<'dropout'> = ({ config }, inputs, emit) =>
  emit.node('Dropout', [...names(inputs), emit.weight('rate', [], Float32Array.of(config.rate))]);

const add: WriteLayer<'add'> = (_layer, inputs, emit) => emit.node(inputs.length === 2 ? 'Add' : 'Sum', names(inputs));

/** ONNX multiplies two tensors at a time. */
const multiply: WriteLayer<'multiply'> = (_layer, inputs, emit) => {
  const [start = '', ...factors] = names(inputs);
  return factors.reduce((product, factor, i) => {
    const last = i === factors.length - 1;
    return emit.node('Mul', [product, factor], last ? {} : { helper: `product_${i + 1}` });
  }, start);
};

/** For each axis of an image, where ONNX has it. */
const imageAxes = [2, 3, 1] as const;

const concat: WriteLayer<'concat'> = ({ config }, inputs, emit) => {
  const { shape } = first(inputs);
  const axis = concatAxis(config, shape);
  const place = shape.length === 3 ? imageAxes[axis] : axis + 1;
  return emit.node('Concat', names(inputs), { attributes: { axis: integer(place ?? 1) } });
};

const zeroPad2d: WriteLayer<'zeroPad2d'> = ({ config }, inputs, emit) => {
  const [[top, bottom], [left, right]] = config.padding;
  return emit.node('Pad', [...names(inputs), emit.sizes('pads', [0, 0, top, left, 0, 0, bottom, right])]);
};

/** How each layer kind is written. */
export const layerWriters: { readonly [K in LayerKind]: WriteLayer<K> } = {
  input: ({ name }) => name,
  activation: (layer, inputs, emit) => activationWriters[layer.config.fn](layer, first(inputs).name, emit),
  dense,
  conv2d,
  depthwiseConv2d,
  batchNorm,
  maxPool2d,
  avgPool2d,
  globalAvgPool2d,
  flatten,
  reshape,
  dropout,
  add,
  concat,
  multiply,
  zeroPad2d,
};
