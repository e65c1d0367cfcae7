/** Whether the label's score is the largest, of equal ones the first. A score that is not a number is never right. */
export function isLargest(scores: ArrayLike<number>, label: number): boolean {
  const own = scores[label]!;
  for (let k = 0; k < scores.length; k++) {
    const beaten = k < label ? own > scores[k]! : own >= scores[k]!;
    if (!beaten) return false;
  }
  return true;
}

/** How many logits are on their target's side: above 0 exactly where the target is at least one half. */
export function rightSides(logits: ArrayLike<number>, targets: ArrayLike<number>): number {
  let right = 0;
  for (let k = 0; k < logits.length; k++) if (logits[k]! > 0 === targets[k]! >= 0.5) right += 1;
  return right;
}
