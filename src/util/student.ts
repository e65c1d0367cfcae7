/**
 * The number that a Student variable with `degrees` degrees of freedom exceeds with probability `tail`, by bisection.
 *
 * @param tail Above 0 and at most 1/4: nearer to the middle the series crawls.
 * @param degrees A positive integer.
 */
export function studentQuantile(tail: number, degrees: number): number {
  const exceeds = upperTail(degrees);
  let [low, high] = [1 / 2, 1];
  while (exceeds(high) > tail) [low, high] = [high, 2 * high];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (exceeds(middle) > tail) low = middle;
    else high = middle;
  }
}

/**
 * `P(T > t) = I_x(n / 2, 1 / 2) / 2` with `x = n / (n + t^2)`, the incomplete beta function as its hypergeometric series,
 * whose terms are all positive: DLMF 8.17.7 and 8.17.2.
 */
function upperTail(degrees: number): (t: number) => number {
  const a = degrees / 2;
  const scale = 2 * betaWithHalf(degrees);
  return (t) => {
    const x = degrees / (degrees + t * t);
    if (x === 1) return 1 / 2;
    let power = 1;
    let sum = 1 / a;
    for (let n = 1; power / (1 - x) > sum * Number.EPSILON * a; n++) {
      power *= ((n - 1 / 2) / n) * x;
      sum += power / (a + n);
    }
    return (x ** a * sum) / scale;
  };
}

/** `B(n / 2, 1 / 2)` by `B(a + 1, b) = B(a, b) a / (a + b)` from `B(1 / 2, 1 / 2) = pi` or `B(1, 1 / 2) = 2`. */
function betaWithHalf(degrees: number): number {
  let beta = degrees % 2 === 1 ? Math.PI : 2;
  for (let n = degrees % 2 === 1 ? 1 : 2; n < degrees; n += 2) beta *= n / (n + 1);
  return beta;
}

/**
 * How often a Student variable with `degrees` degrees of freedom lies farther from 0 than `t`, to either side: one minus the
 * finite sums of Abramowitz and Stegun 26.7.3 and 26.7.4. Its error is a rounding of 1, not of itself.
 *
 * @param t At least 0.
 * @param degrees A positive integer.
 */
export function studentTails(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees));
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = degrees % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = 0;
  for (let power = isOdd ? 1 : 0; power <= degrees - 2; power += 2) {
    sum += term;
    term *= ((power + 1) / (power + 2)) * cosine * cosine;
  }
  return 1 - (isOdd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum);
}
