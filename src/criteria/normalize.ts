const sumOf = (scores: Float64Array, part: (score: number) => number): number =>
  scores.reduce((sum, score) => sum + part(score), 0);

/** What the scores of a layer are divided by. */
const divisors = {
  none: () => 1,
  sum: (scores) => sumOf(scores, (score) => score),
  'abs-sum': (scores) => sumOf(scores, Math.abs),
  l2: (scores) => Math.sqrt(sumOf(scores, (score) => score * score)),
  max: (scores) => scores.reduce((most, score) => Math.max(most, Math.abs(score)), 0),
  mean: (scores) => sumOf(scores, (score) => score) / scores.length,
} as const satisfies Record<string, (scores: Float64Array) => number>;

/**
 * How scores of different layers are made comparable: each layer's are divided by their `sum` (with its sign), the sum of
 * their sizes, their Euclidean norm, the largest size or their mean (with its sign). `none` leaves them as they are.
 */
export type Normalization = keyof typeof divisors;

/** All normalizations. */
export const normalizations = Object.keys(divisors) as readonly Normalization[];

/** What the scores of a layer are to be divided by; 1 where that would be 0. */
export const divisorOf = (scores: Float64Array, normalization: Normalization): number =>
  divisors[normalization](scores) || 1;
