import {
  type AttributeDraft,
  attributeTypes,
  dataTypes,
  type ModelDraft,
  model,
  type NodeDraft,
  type TensorDraft,
  type ValueInfoDraft,
} from '../../../src/formats/onnx/proto/messages.js';
import { encode } from '../../../src/formats/onnx/proto/wire.js';
import { sizeOf } from '../../../src/tensor/tensor.js';
import { createRandom } from '../../../src/util/random.js';

/** Attributes as a test writes them: text, whole numbers alone or in a list, `{ f }` for a float, or a tensor. */
type Attributes = Readonly<Record<string, string | number | readonly number[] | { readonly f: number } | TensorDraft>>;

function attribute(name: string, value: Attributes[string]): AttributeDraft {
  if (typeof value === 'string') return { name, type: attributeTypes.s, s: Buffer.from(value) };
  if (typeof value === 'number') return { name, type: attributeTypes.i, i: value };
  if (Array.isArray(value)) return { name, type: attributeTypes.ints, ints: value };
  if ('f' in value) return { name, type: attributeTypes.f, f: value.f };
  return { name, type: attributeTypes.t, t: value as TensorDraft };
}

/** A node: `node('Conv', ['x', 'w'], 'y', { group: 2 })`; without a name of its own unless `name` says one. */
export const node = (
  opType: string,
  input: readonly string[],
  output: string,
  attributes: Attributes = {},
  name?: string,
): NodeDraft => ({
  opType,
  input,
  output: [output],
  attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
  ...(name === undefined ? {} : { name }),
});

const bytesOf = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

/** Float32 numbers as raw data. */
export const floats = (name: string, dims: readonly number[], values: Iterable<number>): TensorDraft => ({
  name,
  dims,
  dataType: dataTypes.float32,
  rawData: bytesOf(Float32Array.from(values)),
});

/** A weight with random numbers around 0. */
export function weight(name: string, dims: readonly number[], seed = 0xd1ce): TensorDraft {
  const random = createRandom(seed + name.length);
  return floats(
    name,
    dims,
    Array.from({ length: sizeOf(dims) }, () => random.normal() / 2),
  );
}

/** Variances: random numbers above 0. */
export function positive(name: string, dims: readonly number[]): TensorDraft {
  const random = createRandom(0xfade);
  return floats(
    name,
    dims,
    Array.from({ length: sizeOf(dims) }, () => 0.5 + random.uniform()),
  );
}

/** A list of 64-bit whole numbers. */
export const whole = (name: string, values: readonly number[]): TensorDraft => ({
  name,
  dims: [values.length],
  dataType: dataTypes.int64,
  rawData: bytesOf(BigInt64Array.from(values, BigInt)),
});

export interface Parts {
  readonly nodes: readonly NodeDraft[];
  readonly constants?: readonly TensorDraft[];
  /** Shape of the input `x`, its sample axis included: text for an open size. */
  readonly input: readonly (number | string)[];
  readonly output?: string;
  readonly opset?: number;
  /** Fields that replace those of the model or its graph. */
  readonly graph?: Partial<NonNullable<ModelDraft['graph']>>;
  readonly model?: Partial<ModelDraft>;
}

export const valueInfo = (name: string, sizes: readonly (number | string)[]): ValueInfoDraft => ({
  name,
  type: {
    tensorType: {
      elemType: dataTypes.float32,
      shape: { dim: sizes.map((size) => (typeof size === 'string' ? { dimParam: size } : { dimValue: size })) },
    },
  },
});

/** The bytes of an ONNX file with input `x` and output `y`, of a shape that is left to whoever reads it. */
export function file({
  nodes,
  constants = [],
  input,
  output = 'y',
  opset = 17,
  graph,
  model: more,
}: Parts): Uint8Array {
  return encode(model, {
    irVersion: 8,
    opsetImport: [{ domain: '', version: opset }],
    graph: {
      name: 'hand-built',
      node: nodes,
      initializer: constants,
      input: [valueInfo('x', input)],
      output: [{ name: output, type: { tensorType: { elemType: dataTypes.float32 } } }],
      ...graph,
    },
    ...more,
  });
}
