/**
 * The largest probability under which so few successes are still as likely as `tail`: an upper confidence bound of level
 * `1 - tail`, exact for every number of trials (Clopper & Pearson, "The use of confidence or fiducial limits illustrated in
 * the case of the binomial", 1934).
 *
 * @param successes From 0 to `trials`.
 * @param trials A positive integer.
 * @param tail Above 0 and at most 1/2.
 */
export function upperProportion(successes: number, trials: number, tail: number): number {
  if (successes === trials) return 1;
  const atMost = lowerTail(successes, trials);
  let [low, high] = [successes / trials, 1];
  for (;;) {
    const middle = (low + high) / 2;
    // The end that errs on the safe side.
    if (middle <= low || middle >= high) return high;
    if (atMost(middle) > tail) low = middle;
    else high = middle;
  }
}

/** The lower bound likewise: failures are successes seen from the other side. */
export const lowerProportion = (successes: number, trials: number, tail: number): number =>
  1 - upperProportion(trials - successes, trials, tail);

/** `P(X <= k)` for probabilities of at least `k / n`, where the terms fall from the last one down. */
function lowerTail(k: number, n: number): (probability: number) => number {
  let logChoices = 0;
  for (let i = 1; i <= k; i++) logChoices += Math.log((n - k + i) / i);
  return (p) => {
    const odds = (1 - p) / p;
    let [term, sum] = [1, 1];
    for (let i = k; i > 0 && term > sum * Number.EPSILON; i--) {
      term *= (i / (n - i + 1)) * odds;
      sum += term;
    }
    return Math.exp(logChoices + k * Math.log(p) + (n - k) * Math.log1p(-p)) * sum;
  };
}
