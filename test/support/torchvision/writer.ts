import type { NodeDraft, TensorDraft } from '../../../src/formats/onnx/proto/messages.js';
import { sizeOf } from '../../../src/tensor/tensor.js';
import { createRandom } from '../../../src/util/random.js';
import { file, floats, node, whole } from '../../formats/onnx/handBuilt.js';
import { type ConvSettings, dynamoNaming, type Module, type Naming, torchScriptNaming } from './exporters.js';

export interface ExportOptions {
  /** The old exporter, which follows TorchScript, or the one that follows torch.export. */
  readonly exporter: 'torchscript' | 'dynamo';
  /** Whether batch normalisation is folded into the convolution before it, as exporters do for inference. */
  readonly folded: boolean;
  /** Height and width of the images. */
  readonly size: number;
  readonly classes: number;
  /** All weights 0: for counting alone. */
  readonly zeros?: true;
}

/** A network as torchvision defines it. */
export type Definition = (module: Module, x: string, options: ExportOptions) => string;

/** The bytes of the file that an exporter writes for a network: input `input`, images channels first, any number. */
export function exported(define: Definition, options: ExportOptions): Uint8Array {
  const parts = { nodes: [] as NodeDraft[], constants: [] as TensorDraft[] };
  const output = define(writer(parts, options), 'x', options);
  const dynamo = options.exporter === 'dynamo';
  return file({
    input: ['batch_size', 3, options.size, options.size],
    nodes: parts.nodes,
    constants: parts.constants,
    output,
    opset: dynamo ? 18 : 17,
    model: { irVersion: dynamo ? 10 : 8, producerName: 'pytorch' },
  });
}

type Draw = (name: string, dims: readonly number[], low: number, high: number) => Float32Array;

/** Uniform numbers; 0 where only counts matter. */
function drawing(zeros: boolean): Draw {
  const random = createRandom(0x5eed);
  return (_name, dims, low, high) =>
    zeros
      ? new Float32Array(sizeOf(dims))
      : Float32Array.from({ length: sizeOf(dims) }, () => low + (high - low) * random.uniform());
}

/** What every exporter writes alike, by the names that it gives. */
function writer(parts: { nodes: NodeDraft[]; constants: TensorDraft[] }, options: ExportOptions): Module {
  const naming = options.exporter === 'dynamo' ? dynamoNaming() : torchScriptNaming();
  const draw = drawing(options.zeros === true);
  const add: AddNode = (opType, path, inputs, attributes = {}) => {
    const { name, output } = naming.node(opType, path);
    parts.nodes.push(node(opType, inputs, output, attributes, name));
    return output;
  };
  const constant = (name: string, dims: readonly number[], values: Float32Array): string => {
    parts.constants.push(floats(name, dims, values));
    return name;
  };
  const idioms = options.exporter === 'dynamo' ? dynamoIdioms(add, naming, parts) : torchScriptIdioms(add);
  return {
    ...idioms,
    conv: (x, path, settings) => writeConv({ x, path, settings, draw, add, constant, naming, folded: options.folded }),
    relu: (x, path) => add('Relu', path, [x]),
    add: (a, b, path) => add('Add', path, [a, b]),
    concat: (inputs, path) => add('Concat', path, inputs, { axis: 1 }),
    maxPool: (x, path, { kernel, stride, padding = 0, ceil = false }) =>
      add('MaxPool', path, [x], {
        kernel_shape: [kernel, kernel],
        strides: [stride, stride],
        pads: [padding, padding, padding, padding],
        dilations: [1, 1],
        ceil_mode: ceil ? 1 : 0,
      }),
    linear: (x, path, inputs, outputs) => {
      const limit = Math.sqrt(6 / inputs);
      const weight = constant(`${path}.weight`, [outputs, inputs], draw(path, [outputs, inputs], -limit, limit));
      const bias = constant(`${path}.bias`, [outputs], draw(path, [outputs], -0.1, 0.1));
      return add('Gemm', path, [x, weight, bias], { alpha: { f: 1 }, beta: { f: 1 }, transB: 1 });
    },
  };
}

type AddNode = (
  opType: string,
  path: string,
  inputs: readonly string[],
  attributes?: Parameters<typeof node>[3],
) => string;

type Idioms = Pick<Module, 'relu6' | 'globalPool' | 'flatten' | 'dropout'>;

/** Constants as nodes, global pooling and flatten by their own operators, dropout kept. */
function torchScriptIdioms(add: AddNode): Idioms {
  const scalar = (path: string, value: number): string => add('Constant', path, [], { value: floats('', [], [value]) });
  return {
    relu6: (x, path) => add('Clip', path, [x, scalar(path, 0), scalar(path, 6)]),
    globalPool: (x, path) => add('GlobalAveragePool', path, [x]),
    flatten: (x) => add('Flatten', '', [x], { axis: 1 }),
    dropout: (x, path) => add('Identity', path, [x]),
  };
}

/** Constants as initialisers, a mean for global pooling, flatten as a reshape to sizes that are computed. */
function dynamoIdioms(add: AddNode, naming: Naming, { constants }: { constants: TensorDraft[] }): Idioms {
  const keep = (tensor: TensorDraft): string => {
    constants.push(tensor);
    return tensor.name as string;
  };
  const scalar = (value: number): string => keep(floats(naming.derived('', ''), [], [value]));
  const sizes = (values: readonly number[]): string => keep(whole(naming.derived('', ''), values));
  return {
    relu6: (x, path) => add('Clip', path, [x, scalar(0), scalar(6)]),
    globalPool: (x, path) => add('ReduceMean', path, [x, sizes([-1, -2])], { keepdims: 1, noop_with_empty_axes: 0 }),
    flatten: (x, channels) => {
      const samples = add('Shape', '', ['x'], { start: 0, end: 1 });
      const single = add('Squeeze', '', [samples, sizes([0])]);
      const row = add('Unsqueeze', '', [single, sizes([0])]);
      const to = add('Concat', '', [row, sizes([channels])], { axis: 0 });
      return add('Reshape', '', [x, to], { allowzero: 1 });
    },
    dropout: (x) => x,
  };
}

interface ConvParts {
  readonly x: string;
  readonly path: string;
  readonly settings: ConvSettings;
  readonly folded: boolean;
  readonly draw: Draw;
  readonly add: AddNode;
  readonly constant: (name: string, dims: readonly number[], values: Float32Array) => string;
  readonly naming: Naming;
}

const epsilon = 1e-5;

/** A convolution and the batch normalisation behind it, as two nodes or folded into one. */
function writeConv({ x, path, settings, folded, draw, add, constant, naming }: ConvParts): string {
  const { inputs, filters, kernel, stride = 1, padding = 0, groups = 1, norm, bias } = settings;
  const dims = [filters, inputs / groups, kernel, kernel];
  const limit = Math.sqrt(6 / sizeOf(dims.slice(1)));
  const weight = draw(`${path}.weight`, dims, -limit, limit);
  const own = norm === undefined || bias ? draw(`${path}.bias`, [filters], -0.1, 0.1) : undefined;
  const attributes = {
    dilations: [1, 1],
    group: groups,
    kernel_shape: [kernel, kernel],
    pads: [padding, padding, padding, padding],
    strides: [stride, stride],
  };
  const statistics = norm === undefined ? undefined : drawNorm(norm, filters, draw);
  if (statistics !== undefined && folded) {
    const joined = fold(weight, own, statistics);
    const names = [
      constant(naming.derived('Conv', `${path}.weight`), dims, joined.weight),
      constant(naming.derived('Conv', `${path}.bias`), [filters], joined.bias),
    ];
    return add('Conv', path, [x, ...names], attributes);
  }
  const names = [constant(`${path}.weight`, dims, weight)];
  if (own) names.push(constant(`${path}.bias`, [filters], own));
  const convolved = add('Conv', path, [x, ...names], attributes);
  if (statistics === undefined) return convolved;
  const rows = Object.entries(statistics).map(([name, values]) => constant(`${norm}.${name}`, [filters], values));
  return add('BatchNormalization', norm as string, [convolved, ...rows], {
    epsilon: { f: epsilon },
    momentum: { f: 0.9 },
    training_mode: 0,
  });
}

type Statistics = Readonly<Record<'weight' | 'bias' | 'running_mean' | 'running_var', Float32Array>>;

const drawNorm = (path: string, channels: number, draw: Draw): Statistics => ({
  weight: draw(path, [channels], 0.5, 1.5),
  bias: draw(path, [channels], -0.2, 0.2),
  running_mean: draw(path, [channels], -0.2, 0.2),
  running_var: draw(path, [channels], 0.5, 1.5),
});

function fold(weight: Float32Array, own: Float32Array | undefined, statistics: Statistics) {
  const { weight: gamma, bias: beta, running_mean: mean, running_var: variance } = statistics;
  const area = weight.length / gamma.length;
  const factor = gamma.map((value, c) => value / Math.sqrt(variance[c]! + epsilon));
  return {
    weight: weight.map((value, i) => value * factor[Math.floor(i / area)]!),
    bias: beta.map((value, c) => value + factor[c]! * ((own?.[c] ?? 0) - mean[c]!)),
  };
}
