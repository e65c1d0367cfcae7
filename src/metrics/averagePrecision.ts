/**
 * Average precision of scores for two classes: `sum over thresholds of (recall_n - recall_(n-1)) precision_n`, from the
 * highest score down, equal scores as one threshold (Zhu, "Recall, precision and average precision", 2004; scikit-learn's
 * `average_precision_score`). For hard labels it is `precision * recall + (1 - recall) * prevalence`.
 *
 * @param scores higher for the positive class.
 * @param labels 1 for the positive class, else 0.
 * @returns from 0 to 1; 0 without positive labels.
 */
export function averagePrecision(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  const positives = order.reduce((sum, i) => sum + labels[i]!, 0);
  if (positives === 0) return 0;
  let [sum, found, counted] = [0, 0, 0];
  for (let from = 0; from < order.length; ) {
    let to = from;
    for (; to < order.length && scores[order[to]!] === scores[order[from]!]; to++) found += labels[order[to]!]!;
    sum += (found - counted) * (found / to);
    [counted, from] = [found, to];
  }
  return sum / positives;
}
