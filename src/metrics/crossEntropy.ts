/**
 * Cross-entropy of one sample between its class and the softmax of its logits: `ln(sum_k e^z_k) - z_label`, in nats. The
 * largest logit is taken out of the sum, so that no logit is too large.
 */
export function crossEntropy(logits: ArrayLike<number>, label: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < logits.length; k++) largest = Math.max(largest, logits[k]!);
  let sum = 0;
  for (let k = 0; k < logits.length; k++) sum += Math.exp(logits[k]! - largest);
  return Math.log(sum) + (largest - logits[label]!);
}

/** The gradient by the logits: `softmax(z) - onehot(label)`. */
export function crossEntropyGradient(logits: ArrayLike<number>, label: number): Float64Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < logits.length; k++) largest = Math.max(largest, logits[k]!);
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power, k) => power / sum - Number(k === label));
}
