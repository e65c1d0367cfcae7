import { readFileSync } from 'node:fs';
import {
  createNetwork,
  type LayerId,
  type LayerSpec,
  type LossHead,
  layerAt,
  type Network,
} from '../../src/network/index.js';
import { type Shape, sizeOf, tensor } from '../../src/tensor/tensor.js';
import type { RandomData } from './randomNetwork.js';

/** Numbers in lists in lists. */
export type Nested = number | readonly Nested[];

interface VectorLayer {
  readonly id: string;
  readonly type: string;
  readonly W_out_in?: readonly (readonly number[])[];
  readonly W_oihw?: Nested;
  readonly b?: readonly number[] | null;
  readonly k?: number;
  readonly alpha?: number;
  /** The layers that an `add` takes. */
  readonly of?: readonly string[];
}

/** Which tests compare with a vector. */
export type Subject = 'propagation' | 'knock-out';

/** One row of test/fixtures/attribution.json. */
export interface Vector {
  readonly id: string;
  readonly source: string;
  /** What the vector is about; default `propagation`. */
  readonly subject?: Subject;
  readonly model: string;
  readonly input: Nested;
  readonly labels?: readonly number[];
  readonly params?: {
    readonly target?: number;
    readonly layer?: string;
    readonly neuron?: number;
    readonly unit?: number;
    /** By input or unit: those of a number are cut together. One row for all samples, or one each. */
    readonly feature_mask?: readonly (readonly number[])[];
    readonly layer_mask?: readonly (readonly number[])[];
    /** What inputs or units are replaced by; default 0. */
    readonly baseline?: number;
    readonly layer_baseline?: readonly (readonly number[])[];
    /** Units in the order in which they are removed. */
    readonly order?: readonly number[];
  };
  readonly expected: Nested | Readonly<Record<string, Nested>>;
  /** Absolute, as the source states it. */
  readonly tolerance?: number;
}

const file = new URL('../fixtures/attribution.json', import.meta.url);
const document = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly models: Readonly<Record<string, readonly VectorLayer[]>>;
  readonly vectors: readonly Vector[];
};

export const vectors = document.vectors;

/** The vectors of one subject, of which it is known which were asked for. */
export function vectorsOf(subject: Subject) {
  const own = vectors.filter((vector) => (vector.subject ?? 'propagation') === subject);
  const asked = new Set<string>();
  return {
    get(id: string): Vector {
      asked.add(id);
      return own.find((vector) => vector.id === id)!;
    },
    forgotten: (): readonly string[] => own.map(({ id }) => id).filter((id) => !asked.has(id)),
  };
}

export const flat = (nested: Nested): number[] => (typeof nested === 'number' ? [nested] : nested.flatMap(flat));

/** Sizes of the axes. */
export const shapeOf = (nested: Nested): number[] =>
  typeof nested === 'number' ? [] : [nested.length, ...shapeOf(nested[0]!)];

/** `[count, channels, height, width]` as `[count, height, width, channels]`; anything else as it is. */
export function channelsLast(values: readonly number[], shape: Shape): number[] {
  if (shape.length !== 4) return [...values];
  const [count, channels, height, width] = shape as [number, number, number, number];
  const area = height * width;
  return Array.from({ length: sizeOf(shape) }, (_, i) => {
    const [c, pixel, sample] = [i % channels, Math.floor(i / channels) % area, Math.floor(i / (channels * area))];
    return values[(sample * channels + c) * area + pixel]!;
  }).slice(0, count * channels * area);
}

const doubles = (values: readonly number[]): Float64Array => Float64Array.from(values);
const biasOf = ({ b }: VectorLayer) => (b ? { bias: tensor([b.length], doubles(b)) } : {});

/** What each type of layer is here, given the shape before it, and the order of its numbers if flattening changed it. */
const specs: Readonly<Record<string, (layer: VectorLayer, shape: Shape, image: Shape) => Omit<LayerSpec, 'name'>>> = {
  dense: (layer, [inputs = 0], image) => {
    const rows = layer.W_out_in!;
    const order = channelsFirstPlaces(inputs, image);
    const kernel = doubles(order.flatMap((from) => rows.map((row) => row[from]!)));
    const weights = { kernel: tensor([inputs, rows.length], kernel), ...biasOf(layer) };
    return { kind: 'dense', config: { units: rows.length }, weights };
  },
  conv2d: (layer) => {
    const [filters = 0, channels = 0, height = 0, width = 0] = shapeOf(layer.W_oihw!);
    const from = flat(layer.W_oihw!);
    const kernel = Float64Array.from(from, (_, i) => {
      const [f, c, tap] = [i % filters, Math.floor(i / filters) % channels, Math.floor(i / (filters * channels))];
      return from[(f * channels + c) * height * width + tap]!;
    });
    const weights = { kernel: tensor([height, width, channels, filters], kernel), ...biasOf(layer) };
    return { kind: 'conv2d', config: { filters, kernelSize: [height, width] }, weights };
  },
  relu: () => ({ kind: 'activation', config: { fn: 'relu' } }),
  leaky_relu: ({ alpha = 0 }) => ({ kind: 'activation', config: { fn: 'leakyRelu', alpha } }),
  maxpool2d: ({ k = 2 }) => ({ kind: 'maxPool2d', config: { kernelSize: [k, k], strides: [k, k] } }),
  global_avg_pool: () => ({ kind: 'globalAvgPool2d' }),
  flatten_chw: () => ({ kind: 'flatten' }),
  add: () => ({ kind: 'add' }),
};

/** For each number of a flattened image, channels last, its place where channels come first. */
function channelsFirstPlaces(inputs: number, [height = 0, width = 0, channels = 0]: Shape): number[] {
  const places = Array.from({ length: inputs }, (_, i) => i);
  if (height * width * channels !== inputs) return places;
  return places.map((i) => (i % channels) * height * width + Math.floor(i / channels));
}

/** The model of a vector with its weights in double. */
export function vectorNetwork({ model, input }: Vector): Network {
  const [, ...first] = shapeOf(sampleAxis(input));
  const shape = first.length === 3 ? [first[1]!, first[2]!, first[0]!] : first;
  let layers: LayerSpec[] = [{ name: 'input', kind: 'input', config: { shape } }];
  let image: Shape = [];
  for (const layer of document.models[model]!) {
    const before = createNetwork({ layers, output: layers.at(-1)!.name });
    const last = layerAt(before, before.output).outputShape;
    if (layer.type === 'flatten_chw') image = last;
    const spec = specs[layer.type]!(layer, last, image);
    layers = [...layers, { name: layer.id, ...(layer.of ? { inputs: layer.of } : {}), ...spec } as LayerSpec];
    if (layer.type !== 'flatten_chw') image = [];
  }
  return createNetwork({ layers });
}

/** One sample may stand without its axis. */
export const sampleAxis = (input: Nested): readonly Nested[] =>
  typeof input !== 'number' && typeof input[0] === 'number' ? [input] : (input as readonly Nested[]);

export const idOf = (network: Network, name: string): LayerId =>
  network.layers.find((layer) => layer.name === name)!.id;

/** The samples of a vector, and a head at `scores` whatever stands behind it. */
export function vectorData(
  vector: Vector,
  network: Network,
  labels: readonly number[],
  scores = network.output,
): RandomData {
  const input = sampleAxis(vector.input);
  const x = doubles(channelsLast(flat(input), shapeOf(input)));
  const head: LossHead = { loss: 'crossentropy', scores, width: sizeOf(layerAt(network, scores).outputShape) };
  return { x, count: input.length, scale: 1, targets: Int32Array.from(labels), head };
}
