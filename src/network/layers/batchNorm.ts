import { isFiniteNumber } from '../../util/expect.js';
import { type LayerDefinition, LayerProblem, only } from '../definition.js';
import { channelsOf, sameChannels } from '../links.js';

export interface BatchNormConfig {
  readonly epsilon: number;
}

/** Inference form over the last axis: `gamma (x - mean) / sqrt(variance + epsilon) + beta` (Ioffe & Szegedy 2015). */
export const batchNorm: LayerDefinition<BatchNormConfig> = {
  arity: 1,
  defaults: { epsilon: 1e-3 },
  check: ({ epsilon }) => {
    if (!isFiniteNumber(epsilon) || epsilon < 0) throw new LayerProblem(`epsilon must not be negative: ${epsilon}`);
  },
  weights: (_config, inputs) => {
    const each = { shape: [channelsOf(only(inputs))], axes: ['out'] } as const;
    return {
      gamma: { ...each, role: 'factor', optional: true, initial: 1 },
      beta: { ...each, role: 'offset', optional: true, initial: 0 },
      mean: { ...each, role: 'statistic', initial: 0 },
      variance: { ...each, role: 'statistic', initial: 1 },
    };
  },
  checkWeights: ({ epsilon }, { variance }) => {
    const channel = variance?.data.findIndex((value) => value + epsilon <= 0) ?? -1;
    if (channel >= 0) {
      throw new LayerProblem(`variance ${variance?.data[channel]} of channel ${channel} plus epsilon is not positive`);
    }
  },
  inferShape: (_config, inputs) => only(inputs),
  links: sameChannels,
  carriesNodes: () => true,
};
