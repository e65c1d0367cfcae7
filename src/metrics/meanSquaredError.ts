/** Squared distance of one sample's outputs from their targets, mean over outputs. */
export function meanSquaredError(outputs: ArrayLike<number>, targets: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < outputs.length; k++) sum += (outputs[k]! - targets[k]!) ** 2;
  return sum / outputs.length;
}
