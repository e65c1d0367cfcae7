/**
 * The complementary error function, within 4e-15 of its value. By a series of positive terms near 0 and by Laplace's
 * continued fraction further out: Abramowitz & Stegun, Handbook of Mathematical Functions (1964), 7.1.6 and 7.1.14.
 */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  return x < seriesEnd ? 1 - erfSeries(x) : erfcFraction(x);
}

const seriesEnd = 1;

/** Terms after which the fraction stands still at {@link seriesEnd}; it converges faster behind it. */
const fractionDepth = 200;

/** `2 / sqrt(pi) e^(-x^2) sum_n 2^n x^(2n + 1) / (1 * 3 * ... * (2n + 1))`. */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * Number.EPSILON; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** `e^(-x^2) / sqrt(pi) * 1 / (x + (1/2) / (x + 1 / (x + (3/2) / (x + ...))))`, from the inside out. */
function erfcFraction(x: number): number {
  let tail = x;
  for (let n = fractionDepth; n > 0; n--) tail = x + n / 2 / tail;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * tail);
}
