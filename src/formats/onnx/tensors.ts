import { type Shape, sizeOf } from '../../tensor/tensor.js';
import type { ElementBudget } from './limits.js';
import { corrupt, Unsupported } from './problems.js';
import { dataTypes, externalLocation, type TensorProto } from './proto/messages.js';

/** A tensor that the model file fixes: a weight, or the sizes that an operator takes as an input. */
export interface Constant {
  readonly type: 'constant';
  readonly name: string;
  readonly shape: Shape;
  /** Whole numbers come as doubles, floats of every width as float32; they may lie in the file's own bytes. */
  readonly data: Float32Array | Float64Array;
}

interface ElementType {
  /** Bytes of one number. */
  readonly width: number;
  /** The numbers that stand in the typed list of a tensor without raw data, as raw data. */
  readonly listed: (tensor: TensorProto) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => Float32Array | Float64Array;
}

const bytesOf = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
/** A copy that starts where typed arrays may start. */
const aligned = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

const elementTypes: Readonly<Record<number, ElementType>> = {
  [dataTypes.float32]: {
    width: 4,
    listed: ({ floatData }) => floatData,
    decode: (bytes) =>
      bytes.byteOffset % 4 === 0
        ? new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
        : new Float32Array(aligned(bytes)),
  },
  [dataTypes.float64]: {
    width: 8,
    listed: ({ doubleData }) => doubleData,
    decode: (bytes) => Float32Array.from(new Float64Array(aligned(bytes))),
  },
  [dataTypes.float16]: {
    width: 2,
    listed: ({ int32Data }) => bytesOf(Uint16Array.from(int32Data)),
    decode: (bytes) => Float32Array.from(new Uint16Array(aligned(bytes)), fromHalf),
  },
  [dataTypes.int64]: {
    width: 8,
    listed: ({ int64Data }) => bytesOf(BigInt64Array.from(int64Data, BigInt)),
    decode: (bytes) => Float64Array.from(new BigInt64Array(aligned(bytes)), Number),
  },
  [dataTypes.int32]: {
    width: 4,
    listed: ({ int32Data }) => bytesOf(Int32Array.from(int32Data)),
    decode: (bytes) => Float64Array.from(new Int32Array(aligned(bytes))),
  },
  [dataTypes.bool]: {
    width: 1,
    listed: ({ int32Data }) => Uint8Array.from(int32Data),
    decode: (bytes) => Float64Array.from(bytes),
  },
};

/** The number that 16 bits stand for (IEEE 754 binary16). */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/**
 * Reads a tensor; what it declares is believed only after its bytes have been counted.
 *
 * @throws SecateurError ERR_MODEL_CORRUPT if bytes and shape disagree, ERR_LIMIT if it is too large.
 * @throws Unsupported for element types that are not read and for data outside of the file.
 */
export function readTensor(tensor: TensorProto, budget: ElementBudget): Constant {
  const where = `tensor "${tensor.name}"`;
  const elements = elementTypes[tensor.dataType];
  if (elements === undefined) throw new Unsupported(`${where} has element type ${tensor.dataType}`);
  if (tensor.dataLocation === externalLocation) throw new Unsupported(`${where} has its data outside of the model`);
  if (tensor.dims.some((axis) => axis < 0)) throw corrupt(`${where}: its shape [${tensor.dims}] has a negative size`);
  const size = sizeOf(tensor.dims);
  budget.take(size);
  const bytes = tensor.rawData.length > 0 ? tensor.rawData : elements.listed(tensor);
  if (bytes.length !== size * elements.width) {
    throw corrupt(`${where}: shape [${tensor.dims}] wants ${size * elements.width} bytes but it has ${bytes.length}`);
  }
  return { type: 'constant', name: tensor.name, shape: tensor.dims, data: elements.decode(bytes) };
}
