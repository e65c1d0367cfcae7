/**
 * Cross-entropy of one sample between targets in `[0, 1]` and the sigmoids of its logits, in nats, mean over outputs:
 * `ln(1 + e^z) - t z`, written so that no logit is too large.
 */
export function binaryCrossEntropy(logits: ArrayLike<number>, targets: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < logits.length; k++) {
    const z = logits[k]!;
    sum += Math.max(z, 0) - targets[k]! * z + Math.log1p(Math.exp(-Math.abs(z)));
  }
  return sum / logits.length;
}

/** The gradient by the logits: `(sigmoid(z) - t) / outputs`. */
export function binaryCrossEntropyGradient(logits: ArrayLike<number>, targets: ArrayLike<number>): Float64Array {
  return Float64Array.from(logits, (logit, k) => (1 / (1 + Math.exp(-logit)) - targets[k]!) / logits.length);
}
