import type { LabelledData } from '../data/index.js';
import { type LossHead, type LossName, layerAt, lossHead, type Network, type Targets } from '../network/index.js';
import { type Shape, sizeOf } from '../tensor/tensor.js';
import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import { describeValue, expectFinite, invalid } from '../util/expect.js';
import type { LabelledSamples, Samples } from './engine.js';

const bad = (message: string, hint?: string): SecateurError =>
  new SecateurError('ERR_DATA', message, hint === undefined ? {} : { hint });

const misfit = (message: string): SecateurError =>
  new SecateurError('ERR_SHAPE', `x: ${message}`, {
    hint: 'flatten or crop the data to what the input layer of the network says',
  });

/**
 * Checks samples against a network's input and gives them in the engine's layout: `x` itself, not a copy, unless its
 * images come channels first.
 *
 * @throws SecateurError ERR_ARGUMENT for a wrong type, ERR_SHAPE for a wrong length, ERR_DATA for no samples or numbers
 * that are not finite.
 */
export function prepareSamples(network: Network, data: Omit<LabelledData, 'y'>): Samples {
  expectArguments({ network });
  if (typeof data !== 'object' || data === null) throw invalid('data', 'an object with x and y', data);
  const { x, scale = 1, shape: given, layout } = data;
  if (!(isReal(x) || x instanceof Uint8Array)) {
    throw invalid('x', 'a Float32Array, Float64Array or Uint8Array', x);
  }
  const shape = layerAt(network, network.input).outputShape;
  const size = sizeOf(shape);
  if (given !== undefined && sizeOf(given) !== size) {
    throw misfit(`samples of shape [${given}] do not fit into the network's input [${shape}]`);
  }
  const wanted = layoutOf(network, layout) === 'nhwc' || shape.length !== 3 ? shape : [shape[2]!, shape[0]!, shape[1]!];
  if (given !== undefined && liesOtherwise(given, wanted)) {
    throw new SecateurError('ERR_SHAPE', `x: samples of shape [${given}] where the network takes [${wanted}]`, {
      hint: 'turn the axes of the data: models of tfjs and Keras take channels last, most ONNX models channels first',
    });
  }
  if (x.length === 0) throw bad('x: there are no samples');
  if (x.length % size !== 0)
    throw misfit(`${x.length} numbers are no whole samples of [${shape}], ${size} numbers each`);
  if (isReal(x)) expectAllFinite('x', x, size);
  return {
    x: channelsLast(x, shape, layoutOf(network, layout)),
    count: x.length / size,
    scale: expectFinite('scale', scale),
  };
}

/**
 * Checks samples and their targets and chooses the loss.
 *
 * @throws SecateurError as {@link prepareSamples}; ERR_DATA for labels out of range or targets of the wrong length.
 */
export function prepareLabelled(
  network: Network,
  data: LabelledData,
  loss?: LossName,
): { readonly samples: LabelledSamples; readonly head: LossHead } {
  const samples = prepareSamples(network, data);
  const given = targetsOf(data.y);
  const head = lossHead(network, given, loss);
  const targets =
    head.loss === 'crossentropy'
      ? labels(given, samples.count, head.width)
      : channelsLast(
          values(given, samples, head),
          layerAt(network, network.output).outputShape,
          layoutOf(network, data.layout),
        );
  return { samples: { ...samples, targets }, head };
}

/** Whether two shapes of as many axes hold the same numbers in another order; axes of one number order nothing. */
function liesOtherwise(given: Shape, wanted: Shape): boolean {
  const long = (shape: Shape): string => shape.filter((size) => size !== 1).join();
  return given.length === wanted.length && long(given) !== long(wanted);
}

const isReal = (x: unknown): x is Float32Array | Float64Array => x instanceof Float32Array || x instanceof Float64Array;

function targetsOf(y: unknown): Targets {
  if (y instanceof Int32Array || y instanceof Float32Array) return y;
  if (y instanceof Uint8Array) return Int32Array.from(y);
  if (y instanceof Float64Array) return Float32Array.from(y);
  if (Array.isArray(y) && y.every(Number.isInteger)) return Int32Array.from(y);
  throw invalid('y', 'an Int32Array of classes or a Float32Array of targets', y);
}

function allFinite(x: Float32Array | Float64Array): boolean {
  if (x instanceof Float32Array) return allFloatsFinite(x);
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * 0;
  return sum === 0;
}

/**
 * Infinities and NaN have all bits of the exponent set: with one more in its last place, and no sign, they alone become
 * negative. Integers in four chains go at the speed of memory, where a float would be turned into a double first.
 */
function allFloatsFinite(x: Float32Array): boolean {
  const bits = new Int32Array(x.buffer, x.byteOffset, x.length);
  const raised = (i: number): number => (bits[i]! & 0x7fffffff) + 0x00800000;
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = bits.length - (bits.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a |= raised(i);
    b |= raised(i + 1);
    c |= raised(i + 2);
    d |= raised(i + 3);
  }
  for (let i = whole; i < bits.length; i++) a |= raised(i);
  return (a | b | c | d) >= 0;
}

function expectAllFinite(name: string, x: Float32Array | Float64Array, size: number): void {
  if (allFinite(x)) return;
  const index = x.findIndex((value) => !Number.isFinite(value));
  throw bad(
    `${name}: sample ${Math.floor(index / size)} holds ${x[index]} at position ${index % size}; numbers must be finite`,
    'drop or repair such samples first',
  );
}

function labels(given: Targets, count: number, classes: number): Int32Array {
  const oneHot = given.length === count * classes && classes > 1;
  if (!oneHot && given.length !== count) {
    throw bad(`y: expected ${count} labels, one a sample, but received ${given.length}`);
  }
  const found = oneHot ? fromOneHot(given, classes) : given;
  const wrong = found.findIndex((label) => !Number.isInteger(label) || label < 0 || label >= classes);
  if (wrong >= 0) {
    throw bad(
      `y: label ${found[wrong]} of sample ${wrong} is no class of this network`,
      `it has ${classes} classes: labels are integers from 0 to ${classes - 1}`,
    );
  }
  return found instanceof Int32Array ? found : Int32Array.from(found);
}

function fromOneHot(rows: Targets, classes: number): Int32Array {
  return Int32Array.from({ length: rows.length / classes }, (_, sample) => {
    const row = rows.subarray(sample * classes, (sample + 1) * classes);
    const label = row.indexOf(1);
    if (label < 0 || row.some((value, k) => value !== (k === label ? 1 : 0))) {
      throw bad(
        `y: the row of sample ${sample} is not one-hot`,
        'give one class a sample, or rows of one 1 and else 0',
      );
    }
    return label;
  });
}

function values(given: Targets, { count }: Samples, { width, loss }: LossHead): Float32Array {
  if (given.length !== count * width) {
    throw bad(`y: expected ${count} x ${width} targets for loss ${loss} but received ${given.length}`);
  }
  const floats = given instanceof Float32Array ? given : Float32Array.from(given);
  expectAllFinite('y', floats, width);
  const outside = loss === 'binary-crossentropy' ? floats.findIndex((value) => value < 0 || value > 1) : -1;
  if (outside >= 0) {
    throw bad(`y: ${describeValue(floats[outside])} of sample ${Math.floor(outside / width)} is no probability`);
  }
  return floats;
}

const layoutOf = (network: Network, layout: LabelledData['layout'] = 'model'): 'nhwc' | 'nchw' =>
  layout === 'model' ? network.inputLayout : layout;

/** Images that stand in `layout` with the channels last, as the engines take them. `shape` has the channels last. */
function channelsLast<T extends LabelledData['x']>(x: T, shape: Shape, layout: 'nhwc' | 'nchw'): T {
  const [height = 1, width = 1, channels = 1] = shape;
  const area = height * width;
  if (layout === 'nhwc' || shape.length !== 3 || channels === 1 || area === 1) return x;
  const moved = x.slice() as T;
  for (let start = 0; start < x.length; start += area * channels) {
    for (let c = 0; c < channels; c++) {
      for (let p = 0; p < area; p++) moved[start + p * channels + c] = x[start + c * area + p]!;
    }
  }
  return moved;
}
