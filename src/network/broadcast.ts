import type { Shape } from '../tensor/tensor.js';
import { only, shapeMismatch } from './definition.js';

/** The shape of an elementwise operation: same rank, sizes equal or 1. */
export function broadcastShapes(inputs: readonly Shape[]): Shape {
  return inputs.reduce((joint, shape) => {
    const fits = shape.length === joint.length && shape.every((n, i) => n === joint[i] || n === 1 || joint[i] === 1);
    if (!fits) throw shapeMismatch(`shapes like [${joint}] (sizes equal or 1)`, shape);
    return joint.map((size, i) => Math.max(size, shape[i] ?? 1));
  }, only(inputs));
}
