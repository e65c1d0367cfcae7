/**
 * Where a node is cut. `weights`: its incoming weights and bias become zero; `zero` and `mean`: its output, behind the
 * batch normalisation and activation that follow its layer alone, becomes 0 or its mean over the data.
 */
export type CutPoint = 'weights' | 'zero' | 'mean';

/** All cut points. */
export const cutPoints = ['weights', 'zero', 'mean'] as const satisfies readonly CutPoint[];
