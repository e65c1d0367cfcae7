/** The chance that of `n` draws `counts` come out as each of two kinds, whose chances are `p`; the rest as neither. */
export function trinomial(n: number, counts: readonly [number, number], p: readonly [number, number]): number {
  const rest = n - counts[0] - counts[1];
  const factorial = (m: number): number => (m <= 1 ? 1 : m * factorial(m - 1));
  const ways = factorial(n) / (factorial(counts[0]) * factorial(counts[1]) * factorial(rest));
  return ways * p[0] ** counts[0] * p[1] ** counts[1] * (1 - p[0] - p[1]) ** rest;
}
