import { isFiniteNumber } from '../../util/expect.js';
import { type LayerDefinition, LayerProblem, only } from '../definition.js';
import { sameChannels } from '../links.js';

export interface DropoutConfig {
  /** Share of the numbers that training sets to zero. */
  readonly rate: number;
}

/** The identity, except while training. */
export const dropout: LayerDefinition<DropoutConfig> = {
  arity: 1,
  keepsNumbers: true,
  defaults: { rate: 0.5 },
  check: ({ rate }) => {
    if (!isFiniteNumber(rate) || rate < 0 || rate >= 1) throw new LayerProblem(`rate must be in [0, 1), not ${rate}`);
  },
  inferShape: (_config, inputs) => only(inputs),
  links: sameChannels,
  carriesNodes: () => true,
};
