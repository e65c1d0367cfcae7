/** The positions of the `count` lowest values; of equal ones the first. */
function lowest(values: ArrayLike<number>, count: number): Set<number> {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a]! - values[b]! || a - b);
  return new Set(order.slice(0, count));
}

/**
 * How many of the lowest `share` of `a` are among the lowest `share` of `b`, as a part of them: 1 if all are. At least one
 * is looked at; of equal values the first. Null for empty lists.
 */
export function overlapOfLowest(a: ArrayLike<number>, b: ArrayLike<number>, share: number): number | null {
  if (a.length === 0) return null;
  const count = Math.max(1, Math.round(share * a.length));
  const [lowA, lowB] = [lowest(a, count), lowest(b, count)];
  return [...lowA].filter((position) => lowB.has(position)).length / count;
}
