/**
 * Kendall's tau-b: pairs in the same order minus pairs in the other, over the root of the product of the numbers of pairs
 * that are not tied in `a` and not tied in `b` (Kendall 1945). Null where one of the lists is constant, or has fewer than
 * two numbers. Takes time with the square of their length.
 */
export function kendall(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  let [balance, untiedA, untiedB] = [0, 0, 0];
  for (let i = 1; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const [x, y] = [Math.sign(a[i]! - a[j]!), Math.sign(b[i]! - b[j]!)];
      balance += x * y;
      untiedA += x * x;
      untiedB += y * y;
    }
  }
  const scale = Math.sqrt(untiedA * untiedB);
  return scale === 0 ? null : balance / scale;
}
