import { endianness } from 'node:os';
import { SecateurError } from '../util/errors.js';
import { type Shape, sizeOf } from './tensor.js';

/** `code` is NumPy's kind and size in bytes. */
const numberTypes = {
  float32: { code: 'f4', View: Float32Array },
  float64: { code: 'f8', View: Float64Array },
  int8: { code: 'i1', View: Int8Array },
  int16: { code: 'i2', View: Int16Array },
  int32: { code: 'i4', View: Int32Array },
  int64: { code: 'i8', View: BigInt64Array },
  uint8: { code: 'u1', View: Uint8Array },
  uint16: { code: 'u2', View: Uint16Array },
  uint32: { code: 'u4', View: Uint32Array },
  uint64: { code: 'u8', View: BigUint64Array },
  bool: { code: 'b1', View: Uint8Array },
} as const;

/** What one number of an array is stored as, by NumPy's name. */
export type NumberType = keyof typeof numberTypes;

/** The typed arrays of `NpyArray.data`: 64-bit integers come as big integers, booleans as bytes 0 and 1. */
export type NpyData = InstanceType<(typeof numberTypes)[NumberType]['View']>;

/** An array of a `.npy` file. `data` is in row-major order, `data.length` the product of `shape`. */
export interface NpyArray {
  readonly type: NumberType;
  readonly shape: Shape;
  readonly data: NpyData;
}

interface Header {
  readonly type: NumberType;
  readonly swapped: boolean;
  readonly fortranOrder: boolean;
  readonly shape: number[];
  /** Where the numbers begin. */
  readonly offset: number;
}

const magic = '\x93NUMPY';
const longestHeader = 2 ** 16;
const mostAxes = 64;
const hostOrder = endianness() === 'LE' ? '<' : '>';

/**
 * Reads a `.npy` file (format versions 1 to 3): floats of 4 and 8 bytes, integers and booleans, of either byte order,
 * in C or Fortran order. The result is a copy; `bytes` may be reused.
 *
 * @param name what error messages call the array.
 * @throws SecateurError ERR_DATA for bytes that are no such file (objects and structured arrays included) or do not
 * hold exactly the numbers that the header promises; ERR_LIMIT for shapes beyond 2^53 - 1 numbers.
 */
export function readNpy(bytes: Uint8Array, name = 'npy'): NpyArray {
  const { type, swapped, fortranOrder, shape, offset } = readHeader(bytes, name);
  const { View } = numberTypes[type];
  const wanted = sizeOf(shape) * View.BYTES_PER_ELEMENT;
  if (bytes.length - offset !== wanted) {
    const came = `shape [${shape}] of ${type} needs ${wanted} bytes, the file has ${bytes.length - offset}`;
    throw bad(name, came, 'The file was cut short, or something was appended to it.');
  }
  const content = new Uint8Array(bytes.subarray(offset));
  if (swapped) swapBytes(content, View.BYTES_PER_ELEMENT);
  const data = new View(content.buffer);
  return { type, shape, data: fortranOrder ? fromFortranOrder(data, shape) : data };
}

/**
 * Writes a `.npy` file of format version 1 in C order and the machine's byte order.
 *
 * @throws SecateurError ERR_SHAPE if `data` does not fit `shape` or `type`.
 */
export function writeNpy({ type, shape, data }: NpyArray): Uint8Array<ArrayBuffer> {
  const { code, View } = numberTypes[type];
  if (!(data instanceof View) || data.length !== sizeOf(shape)) {
    const came = `a ${data.constructor.name} of ${data.length}`;
    throw new SecateurError('ERR_SHAPE', `shape [${shape}] of ${type} cannot be written from ${came}`);
  }
  const order = View.BYTES_PER_ELEMENT === 1 ? '|' : hostOrder;
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${order}${code}', 'fortran_order': False, 'shape': (${axes}), }`;
  // The numbers begin at a multiple of 64, as NumPy has it, so that the file can be mapped into memory.
  const offset = Math.ceil((10 + text.length + 1) / 64) * 64;
  const bytes = new Uint8Array(offset + data.byteLength);
  bytes.set(Buffer.from(`${magic}\x01\x00`, 'latin1'));
  new DataView(bytes.buffer).setUint16(8, offset - 10, true);
  bytes.set(Buffer.from(`${text.padEnd(offset - 11)}\n`, 'latin1'), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
  return bytes;
}

function readHeader(bytes: Uint8Array, name: string): Header {
  const { text, offset } = headerText(bytes, name);
  const { order, type } = describedType(text, name);
  const fortranOrder = field(text, "'fortran_order'\\s*:\\s*(True|False)", name)[1] === 'True';
  const axes = field(text, "'shape'\\s*:\\s*\\(([\\dL, ]*)\\)", name)[1]!;
  const shape = axes.split(',').flatMap((axis) => (axis.trim() === '' ? [] : [Number(axis.replace('L', ''))]));
  if (shape.length > mostAxes) throw bad(name, `the array has ${shape.length} axes, NumPy allows ${mostAxes}`);
  return { type, swapped: order !== '|' && order !== hostOrder, fortranOrder, shape, offset };
}

function headerText(bytes: Uint8Array, name: string): { text: string; offset: number } {
  if (Buffer.from(bytes.subarray(0, magic.length)).toString('latin1') !== magic || bytes.length < 12) {
    throw bad(name, 'this is no .npy file: it does not begin with \\x93NUMPY');
  }
  const version = bytes[6]!;
  if (version < 1 || version > 3) throw bad(name, `.npy format version ${version} is unknown`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > longestHeader) throw bad(name, `a header of ${length} bytes is longer than any array needs`);
  if (start + length > bytes.length) throw bad(name, 'the file ends within its header');
  return { text: Buffer.from(bytes.subarray(start, start + length)).toString('latin1'), offset: start + length };
}

function describedType(text: string, name: string): { order: string; type: NumberType } {
  const [, order, code] = field(text, "'descr'\\s*:\\s*(?:'([<>=|]?)(\\w+)'|\\[)", name);
  if (code === undefined) throw bad(name, 'structured arrays are not read', 'Save each field as an array of its own.');
  const found = Object.entries(numberTypes).find(([, type]) => type.code === code);
  if (found === undefined) {
    const types = Object.keys(numberTypes).join(', ');
    throw bad(name, `numbers of NumPy type '${order}${code}' are not read`, `Convert the array to one of ${types}.`);
  }
  return { order: order === '' || order === '=' ? hostOrder : order!, type: found[0] as NumberType };
}

function field(text: string, pattern: string, name: string): RegExpMatchArray {
  const match = text.match(pattern);
  if (match === null) throw bad(name, `the header lacks a readable ${pattern.slice(0, pattern.indexOf('\\'))}`);
  return match;
}

function swapBytes(content: Uint8Array<ArrayBuffer>, size: number): void {
  const buffer = Buffer.from(content.buffer);
  if (size === 2) buffer.swap16();
  if (size === 4) buffer.swap32();
  if (size === 8) buffer.swap64();
}

/** Fortran order is row-major order of the reversed axes: walks the result in order, gathering with those strides. */
function fromFortranOrder(data: NpyData, shape: Shape): NpyData {
  const result = data.slice() as NpyData;
  const strides = shape.map((_, axis) => sizeOf(shape.slice(0, axis)));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < data.length; to++) {
    result[to] = data[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      index[axis]!++;
      if (index[axis] !== shape[axis]) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

function bad(name: string, message: string, hint?: string): SecateurError {
  return new SecateurError('ERR_DATA', `${name}: ${message}`, hint === undefined ? {} : { hint });
}
