import { sizeOf, type Tensor, tensor } from '../../tensor/tensor.js';
import { SecateurError } from '../../util/errors.js';
import { isFiniteNumber, isNonNegativeInteger } from '../../util/expect.js';
import { array, corrupt, number, object, text, Unsupported, unsupported } from '../keras/language/json.js';
import type { WeightEntry } from './artifacts.js';

/** Most axes that a weight may have, and most bytes that all weights may take. */
const maxRank = 8;
const maxBytes = 2 ** 31;

/** How stored values become 32-bit floats; `read` gets the bytes of one weight, copied to an aligned place. */
interface Storage {
  readonly bytes: number;
  readonly read: (bytes: ArrayBuffer, scale: number, min: number) => Float32Array;
}

const affine = (stored: Uint8Array | Uint16Array, scale: number, min: number): Float32Array =>
  Float32Array.from(stored, (value) => value * scale + min);

const storages: Readonly<Record<string, Storage>> = {
  float32: { bytes: 4, read: (bytes) => new Float32Array(bytes) },
  float16: { bytes: 2, read: (bytes) => Float32Array.from(new Uint16Array(bytes), halfToFloat) },
  uint8: { bytes: 1, read: (bytes, scale, min) => affine(new Uint8Array(bytes), scale, min) },
  uint16: { bytes: 2, read: (bytes, scale, min) => affine(new Uint16Array(bytes), scale, min) },
};

/** The value of an IEEE 754 half: sign, 5 bits of exponent, 10 of fraction. */
function halfToFloat(half: number): number {
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  const sign = half >> 15 ? -1 : 1;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** Sizes of what an optimizer saves, which is stepped over. */
const otherBytes: ReadonlyMap<string, number> = new Map([
  ['int32', 4],
  ['bool', 1],
  ['complex64', 8],
]);

const storedAs = ({ dtype, quantization }: WeightEntry): string => quantization?.dtype ?? dtype;

function bytesOf(entry: WeightEntry): number {
  const stored = storedAs(entry);
  const each = Object.hasOwn(storages, stored) ? storages[stored]?.bytes : otherBytes.get(stored);
  if (each === undefined) throw new Unsupported(`weight "${entry.name}" stored as ${stored}`);
  const bytes = sizeOf(entry.shape) * each;
  if (bytes > maxBytes) throw new SecateurError('ERR_LIMIT', `weight "${entry.name}" takes ${bytes} bytes`);
  return bytes;
}

/**
 * Checks what a file says about its weights.
 *
 * @throws SecateurError ERR_MODEL_CORRUPT for entries of another form, ERR_LIMIT for sizes that no model has.
 */
export function checkEntries(value: unknown): WeightEntry[] {
  return array('the list of weights', value).map((entry) => {
    const { name, shape, dtype, quantization, group } = object('a weight', entry);
    const where = text('the name of a weight', name);
    const sizes = array(`the shape of weight "${where}"`, shape);
    if (!sizes.every(isNonNegativeInteger)) throw corrupt(`weight "${where}": shape ${JSON.stringify(shape)}`);
    if (sizes.length > maxRank) throw new SecateurError('ERR_LIMIT', `weight "${where}" has ${sizes.length} axes`);
    const smaller = quantization === undefined ? {} : { quantization: checkQuantization(where, quantization) };
    const inGroup = typeof group === 'string' ? { group } : {};
    return { name: where, shape: sizes, dtype: text(`the dtype of weight "${where}"`, dtype), ...smaller, ...inGroup };
  });
}

function checkQuantization(where: string, value: unknown): { dtype: string; scale: number; min: number } {
  const quantization = object(`the quantization of weight "${where}"`, value);
  const scale = number(quantization, 'scale', 1);
  const min = number(quantization, 'min', 0);
  if (!isFiniteNumber(scale) || !isFiniteNumber(min)) throw corrupt(`weight "${where}": scale ${scale}, min ${min}`);
  return { dtype: text(`the quantization of weight "${where}"`, quantization.dtype), scale, min };
}

/**
 * Bytes that the values of all entries take.
 *
 * @throws SecateurError ERR_LIMIT if no model has that many, ERR_MODEL_UNSUPPORTED for values that are no floats.
 */
export function totalBytes(entries: readonly WeightEntry[]): number {
  const problems: string[] = [];
  let total = 0;
  for (const entry of entries) {
    try {
      total += bytesOf(entry);
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length > 0) throw unsupported(problems, 'store the weights as float32');
  if (total > maxBytes)
    throw new SecateurError('ERR_LIMIT', `the weights take ${total} bytes; the limit is ${maxBytes}`);
  return total;
}

/**
 * The weights by name, as 32-bit floats.
 *
 * @throws SecateurError ERR_MODEL_CORRUPT if there are more or fewer bytes than the entries say.
 */
export function decodeWeights(entries: readonly WeightEntry[], data: Uint8Array): Map<string, Tensor> {
  const wanted = totalBytes(entries);
  if (wanted !== data.byteLength) throw corrupt(`the weights are ${data.byteLength} bytes long instead of ${wanted}`);
  const weights = new Map<string, Tensor>();
  let offset = 0;
  for (const entry of entries) {
    const bytes = bytesOf(entry);
    const storage = storages[storedAs(entry)];
    if (storage !== undefined && entry.group !== 'optimizer') {
      const { scale = 1, min = 0 } = entry.quantization ?? {};
      const values = storage.read(data.slice(offset, offset + bytes).buffer as ArrayBuffer, scale, min);
      weights.set(entry.name, tensor(entry.shape, values));
    }
    offset += bytes;
  }
  return weights;
}

/** Entries and bytes of weights by name, 32-bit floats in the order of the map. */
export function encodeWeights(weights: ReadonlyMap<string, Tensor>): { specs: WeightEntry[]; data: ArrayBuffer } {
  const specs = [...weights].map(([name, { shape }]) => ({ name, shape, dtype: 'float32' }));
  const data = new Float32Array(specs.reduce((total, { shape }) => total + sizeOf(shape), 0));
  let offset = 0;
  for (const { data: values } of weights.values()) {
    data.set(values, offset);
    offset += values.length;
  }
  return { specs, data: data.buffer };
}
