/** Whether the label's score is the largest, of equal ones the first. A score that is not a number is never right. */
export function isLargest(scores: ArrayLike<number>, label: number): boolean {
  const own = scores[label]!;
  for (let k = 0; k < scores.length; k++) {
    const beaten = k < label ? own > scores[k]! : own >= scores[k]!;
    if (!beaten) return false;
  }
  return true;
}

/** The class that scores stand for: the first of the largest. */
export function predictedClass(scores: ArrayLike<number>): number {
  let largest = 0;
  for (let k = 1; k < scores.length; k++) if (scores[k]! > scores[largest]!) largest = k;
  return largest;
}

/** How many logits are on another side of 0 than `others`. */
export function changedSides(logits: ArrayLike<number>, others: ArrayLike<number>): number {
  let changed = 0;
  for (let k = 0; k < logits.length; k++) if (logits[k]! > 0 !== others[k]! > 0) changed += 1;
  return changed;
}

/** How many logits are on their target's side: above 0 exactly where the target is at least one half. */
export function rightSides(logits: ArrayLike<number>, targets: ArrayLike<number>): number {
  let right = 0;
  for (let k = 0; k < logits.length; k++) if (logits[k]! > 0 === targets[k]! >= 0.5) right += 1;
  return right;
}
