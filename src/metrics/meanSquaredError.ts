/** Squared distance of one sample's outputs from their targets, mean over outputs. */
export function meanSquaredError(outputs: ArrayLike<number>, targets: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < outputs.length; k++) sum += (outputs[k]! - targets[k]!) ** 2;
  return sum / outputs.length;
}

/** The gradient by the outputs: `2 (z - t) / outputs`. */
export function meanSquaredErrorGradient(outputs: ArrayLike<number>, targets: ArrayLike<number>): Float64Array {
  return Float64Array.from(outputs, (output, k) => (2 * (output - targets[k]!)) / outputs.length);
}
