import { type Shape, sizeOf } from '../../../tensor/tensor.js';
import type { Constant } from '../tensors.js';

/**
 * What a tensor of the ONNX graph is in ours: the output of a layer, and how its axes lie there. ONNX has images channels
 * first, layers have them last; no layer is spent on turning them, only the bookkeeping of this file.
 */
export interface Value {
  readonly type: 'value';
  /** Name of the layer that makes it. */
  readonly layer: string;
  /** Shape of the layer's output, sample axis left out. */
  readonly shape: Shape;
  /** For each axis of the ONNX tensor, its sample axis left out, the axis of `shape` that it is. */
  readonly axes: readonly number[];
  /** For a row of numbers: which order ONNX has them in; null where it is the layer's. */
  readonly order: RowOrder;
  /** Whether nothing else takes the layer's output than what takes this tensor, once. */
  readonly sole: boolean;
}

export type Operand = Value | Constant;

/** Part of a row: a tensor of `shape` that ONNX flattened with its axes in the order `axes`. */
interface Piece {
  readonly shape: Shape;
  readonly axes: readonly number[];
}
export type RowOrder = readonly Piece[] | null;

/** The number of samples where a model takes any number of them, among sizes that its nodes compute. */
export const openSize = Number.NaN;

export const channelsFirst: readonly number[] = [2, 0, 1];
export const asListed = (rank: number): number[] => Array.from({ length: rank }, (_, axis) => axis);

export const sameAxes = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((axis, i) => axis === b[i]);

/** The shape that the ONNX tensor has, sample axis left out. */
export const onnxShape = ({ shape, axes }: Pick<Value, 'shape' | 'axes'>): number[] =>
  axes.map((axis) => shape[axis] ?? 1);

/** Axes of size 1 do not matter for an order and go; the others are renumbered. */
function withoutOnes({ shape, axes }: Piece): Piece {
  const kept = asListed(shape.length).filter((axis) => shape[axis] !== 1);
  return {
    shape: kept.map((axis) => shape[axis] ?? 1),
    axes: axes.filter((axis) => kept.includes(axis)).map((axis) => kept.indexOf(axis)),
  };
}

const inOrder = ({ axes }: Piece): boolean => axes.every((axis, i) => axis === i);

/** The order in which ONNX flattens a tensor. */
export function flatOrder(value: Pick<Value, 'shape' | 'axes' | 'order'>): RowOrder {
  if (value.shape.length === 1) return value.order;
  const piece = withoutOnes(value);
  return inOrder(piece) ? null : [piece];
}

/** The order of rows put one behind the other. */
export function joinOrders(rows: readonly Value[]): RowOrder {
  if (rows.every(({ order }) => order === null)) return null;
  return rows.flatMap(({ order, shape }) => order ?? [{ shape, axes: [0] }]);
}

export const sameOrder = (a: RowOrder, b: RowOrder): boolean => JSON.stringify(a) === JSON.stringify(b);

/** For each position of a row in ONNX's order its position in the layer's. */
export function positions(order: RowOrder, length: number): Int32Array {
  if (order === null) return Int32Array.from({ length }, (_, i) => i);
  const found = new Int32Array(length);
  let start = 0;
  for (const piece of order) start += fillPositions(piece, found, start);
  return found;
}

function fillPositions({ shape, axes }: Piece, found: Int32Array, start: number): number {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const size = sizeOf(shape);
  const index = axes.map(() => 0);
  for (let i = 0; i < size; i++) {
    found[start + i] = start + axes.reduce((at, axis, k) => at + (index[k] ?? 0) * (strides[axis] ?? 0), 0);
    for (let k = axes.length - 1; k >= 0; k--) {
      index[k] = (index[k] ?? 0) + 1;
      if (index[k] !== shape[axes[k] ?? 0]) break;
      index[k] = 0;
    }
  }
  return size;
}
