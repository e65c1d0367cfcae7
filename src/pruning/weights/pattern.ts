import type { Shape } from '../../tensor/tensor.js';
import { invalid, isPositiveInteger } from '../../util/expect.js';

/**
 * Which weights of a kernel `[..., inputs, outputs]` go together. `N:M`: of every M inputs in a row, N stay for each
 * output and tap. `block:RxC`: the weights from R inputs in a row to C outputs in a row, at one tap, stay or go as one.
 */
export type WeightPattern = `${number}:${number}` | `block:${number}x${number}`;

/** A pattern that was read. */
export type ParsedPattern =
  | { readonly kind: 'share'; readonly stay: number; readonly of: number }
  | { readonly kind: 'block'; readonly rows: number; readonly columns: number };

/** @throws SecateurError ERR_ARGUMENT for text that is no pattern. */
export function parsePattern(pattern: string): ParsedPattern {
  const [, block, first, second] = String(pattern).match(/^(block:)?(\d{1,6})[:x](\d{1,6})$/) ?? [];
  const [a, b] = [Number(first), Number(second)];
  if (isPositiveInteger(a) && isPositiveInteger(b)) {
    if (block !== undefined && pattern.endsWith(`x${second}`)) return { kind: 'block', rows: a, columns: b };
    if (block === undefined && pattern.endsWith(`:${second}`) && a < b) return { kind: 'share', stay: a, of: b };
  }
  throw invalid('pattern', 'N:M with N below M, such as 2:4, or block:RxC, such as block:4x4', pattern);
}

/** The two axes that patterns are laid over: `inputs` and `outputs`; there are `taps` such planes one behind the other. */
export function planesOf(shape: Shape): { readonly taps: number; readonly inputs: number; readonly outputs: number } {
  const [inputs = 1, outputs = 1] = shape.slice(-2);
  return { taps: shape.slice(0, -2).reduce((product, n) => product * n, 1), inputs, outputs };
}

/** For each weight the number of its block, blocks numbered in the order of their first weights; edges may be smaller. */
export function blocksOf(shape: Shape, { rows, columns }: { rows: number; columns: number }): Int32Array {
  const { taps, inputs, outputs } = planesOf(shape);
  const [down, across] = [Math.ceil(inputs / rows), Math.ceil(outputs / columns)];
  const blocks = new Int32Array(taps * inputs * outputs);
  for (let i = 0; i < blocks.length; i++) {
    const line = Math.floor(i / outputs);
    const tap = Math.floor(line / inputs);
    const row = tap * down + Math.floor((line % inputs) / rows);
    blocks[i] = row * across + Math.floor((i % outputs) / columns);
  }
  return blocks;
}
