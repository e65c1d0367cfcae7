import { sizeOf } from '../../../../tensor/tensor.js';
import { corrupt, Unsupported } from '../../problems.js';
import type { Builder, Part } from '../layerBuilder.js';
import {
  constantInput,
  describeNode,
  floats,
  integerAttribute,
  integers,
  integersAttribute,
  optionalConstant,
  type ReadNode,
  sizesIn,
  textAttribute,
  valueInput,
} from '../node.js';
import { asListed, channelsFirst, flatOrder, onnxShape, sameAxes, sameOrder, type Value } from '../values.js';
import type { Operator } from './operator.js';
import { namedAxes } from './pooling.js';
import { alsoOnSizes, reshapeSizes } from './sizes.js';

/** The same numbers, one row a sample, in the layer's order; what ONNX's order is stays noted. */
const toRow = (node: ReadNode, build: Builder, x: Value): Value =>
  build.add(node, { kind: 'flatten' }, [x], { axes: [0], order: flatOrder(x) });

/** The axes that a tensor of this many axes may have, the likelier first. */
function likelyAxes(node: ReadNode, build: Builder, rank: number): (readonly number[])[] {
  if (rank !== 3) return [asListed(rank)];
  const channelsLast = asListed(3);
  const turned = build.turnedByAll(node.proto.output[0] ?? '');
  return turned ? [channelsLast, channelsFirst] : [channelsFirst, channelsLast];
}

/**
 * The same numbers in another ONNX shape, `sizes` without the sample axis.
 *
 * @throws Unsupported where the layer's layout would have to be turned to do so.
 */
function reshapeTo(node: ReadNode, build: Builder, x: Value, sizes: readonly number[]): Value {
  if (sizes.length === 1) return toRow(node, build, x);
  for (const axes of likelyAxes(node, build, sizes.length)) {
    const shape = axes.map((_, axis) => sizes[axes.indexOf(axis)] ?? 1);
    if (!sameOrder(flatOrder(x), flatOrder({ shape, axes, order: null }))) continue;
    return build.add(node, { kind: 'reshape', config: { shape } }, [x], { axes });
  }
  throw new Unsupported(`it reshapes [${onnxShape(x)}] to [${sizes}], which no layer can do channels last`);
}

const flatten: Operator = {
  attributes: ['axis'],
  convert: (node, build) => {
    const x = valueInput(node);
    const axis = integerAttribute(node, 'axis', 1);
    if (axis !== 1 && axis !== -x.axes.length) throw new Unsupported(`its axis ${axis} does not keep samples apart`);
    return toRow(node, build, x);
  },
};

/** What a `Reshape` asks for, sample axis left out, with 0 and -1 filled in. */
function targetSizes(x: Value, [samples, ...sizes]: readonly number[], batch: number | null): number[] {
  const from = onnxShape(x);
  const size = sizeOf(from);
  const known = sizes.map((n, i) => (n === 0 ? (from[i] ?? 0) : n));
  const rest = sizeOf(known.filter((n) => n !== -1));
  const target = known.map((n) => (n === -1 ? size / rest : n));
  const samplesKept = Number.isNaN(samples) || samples === 0 || samples === -1 || samples === batch;
  if (!samplesKept || target.length === 0 || sizeOf(target.map(Math.floor)) !== size || rest === 0) {
    throw new Unsupported(`it reshapes samples of [${from}] to [${[samples, ...sizes]}], across samples`);
  }
  return target;
}

const reshape: Operator = {
  attributes: ['allowzero'],
  convert: (node, build) => {
    const x = valueInput(node);
    const asked = sizesIn(node, constantInput(node, 1));
    if (integerAttribute(node, 'allowzero', 0) !== 0 && asked.includes(0)) throw new Unsupported('it has allowzero');
    if (asked.slice(1).some(Number.isNaN)) throw new Unsupported('it makes the samples an axis behind the first');
    if (asked.some((n) => n < -1 || n > Number.MAX_SAFE_INTEGER) || asked.filter((n) => n === -1).length > 1) {
      throw corrupt(`${describeNode(node.proto)}: [${asked}] is no shape`);
    }
    return reshapeTo(node, build, x, targetSizes(x, asked, build.batch));
  },
};

/** Global pooling writes images of one pixel; taking their axes away is an option of the layer itself. */
function withoutPixels(node: ReadNode, build: Builder, x: Value): Value | undefined {
  const part = build.partOf(x);
  if (part.kind !== 'globalAvgPool2d' || !x.sole) return undefined;
  const bare = { ...part, config: { keepDims: false } } as Part;
  return build.amend(node, x, bare, x.shape.slice(-1));
}

const squeeze: Operator = {
  attributes: ['axes'],
  convert: (node, build) => {
    const x = valueInput(node);
    const sizes = onnxShape(x);
    const dropped = namedAxes(node, sizes.length + 1);
    if (dropped === undefined || dropped[0] === 0) throw new Unsupported('it drops the axis of the samples');
    if (dropped.some((axis) => sizes[axis - 1] !== 1)) {
      throw corrupt(`${describeNode(node.proto)}: axes [${dropped}] of [${sizes}] are not all of size 1`);
    }
    const kept = sizes.filter((_, i) => !dropped.includes(i + 1));
    const pixelsOnly = kept.length === 1 && sizes.length === 3;
    return (pixelsOnly && withoutPixels(node, build, x)) || reshapeTo(node, build, x, kept);
  },
};

const unsqueeze: Operator = {
  attributes: ['axes'],
  convert: (node, build) => {
    const x = valueInput(node);
    const sizes: number[] = [...onnxShape(x)];
    const added = namedAxes(node, sizes.length + 1 + integers(node, constantInput(node, 1)).length) ?? [];
    for (const axis of added) {
      if (axis < 1 || axis > sizes.length + 1) throw new Unsupported(`its axis ${axis} is not within a sample`);
      sizes.splice(axis - 1, 0, 1);
    }
    return reshapeTo(node, build, x, sizes);
  },
};

/** No layer: only the note of which axis is which changes. */
const transpose: Operator = {
  attributes: ['perm'],
  convert: (node) => {
    const x = valueInput(node);
    const perm = integersAttribute(node, 'perm') ?? asListed(x.axes.length + 1).reverse();
    const permutes = sameAxes(
      [...perm].sort((a, b) => a - b),
      asListed(x.axes.length + 1),
    );
    if (!permutes) throw corrupt(`${describeNode(node.proto)}: perm [${perm}] does not permute its input's axes`);
    if (perm[0] !== 0) throw new Unsupported(`its perm [${perm}] moves the axis of the samples`);
    return { ...x, axes: perm.slice(1).map((axis) => x.axes[axis - 1] ?? 0), sole: x.sole && node.sole };
  },
};

/** The zeros before and after each of our axes. */
function padsOf(node: ReadNode, x: Value): number[][] {
  const pads = integers(node, constantInput(node, 1));
  const rank = x.axes.length + 1;
  if (pads.length !== 2 * rank) throw corrupt(`${describeNode(node.proto)}: ${pads.length} pads for ${rank} axes`);
  if (pads[0] !== 0 || pads[rank] !== 0) throw new Unsupported('it pads the axis of the samples');
  return asListed(rank - 1).map((ours) => {
    const axis = x.axes.indexOf(ours) + 1;
    return [pads[axis] ?? 0, pads[axis + rank] ?? 0];
  });
}

const pad: Operator = {
  attributes: ['mode'],
  convert: (node, build) => {
    const x = valueInput(node);
    const mode = textAttribute(node, 'mode', 'constant');
    const fill = optionalConstant(node, 2);
    const filling = fill === undefined ? 0 : floats(node, fill)[0];
    if (mode !== 'constant' || filling !== 0) throw new Unsupported(`it pads with ${mode} ${filling}, not with zeros`);
    if (node.inputs[3] !== undefined) throw new Unsupported('it names the axes that it pads');
    const [height, width, channels] = padsOf(node, x);
    const spatial = x.shape.length === 3 && channels?.every((n) => n === 0);
    if (!spatial) throw new Unsupported('it pads another axis than height and width');
    if ([height, width].flat().some((n) => (n ?? 0) < 0)) throw new Unsupported('it crops');
    const padding = [height, width] as [[number, number], [number, number]];
    return build.add(node, { kind: 'zeroPad2d', config: { padding } }, [x]);
  },
};

export const shapeOperators = {
  Flatten: flatten,
  Reshape: reshape,
  Squeeze: alsoOnSizes(squeeze, reshapeSizes(-1)),
  Unsqueeze: alsoOnSizes(unsqueeze, reshapeSizes(1)),
  Transpose: transpose,
  Pad: pad,
} as const satisfies Record<string, Operator>;
