import type { Shape } from '../../tensor/tensor.js';
import { isFiniteNumber } from '../../util/expect.js';
import { type ActivationName, activationDefaults, activationNames } from '../activations.js';
import { type LayerDefinition, LayerProblem, type NeededChannel, only } from '../definition.js';
import { channelsOf, sameChannels } from '../links.js';

export interface ActivationConfig {
  readonly fn: ActivationName;
  /** Only for functions that have it; see {@link activationDefaults}. */
  readonly alpha?: number;
  readonly beta?: number;
}

/** A function of each number, or softmax over the last axis. */
export const activation: LayerDefinition<ActivationConfig> = {
  arity: 1,
  defaults: {},
  check: ({ fn, ...parameters }) => {
    if (!activationNames.includes(fn)) {
      throw new LayerProblem(`fn must be one of ${activationNames.join(', ')}, not ${JSON.stringify(fn)}`);
    }
    for (const [name, value] of Object.entries(parameters)) {
      if (!(name in activationDefaults[fn]) || !isFiniteNumber(value)) {
        throw new LayerProblem(`${fn} takes no ${name} of ${value}`);
      }
    }
  },
  inferShape: (_config, inputs) => only(inputs),
  links: sameChannels,
  needs: ({ fn }, inputs) => (fn === 'softmax' ? everyChannel(inputs) : []),
  carriesNodes: ({ fn }) => fn !== 'softmax',
};

/** Softmax divides each channel by the sum of all. */
const everyChannel = (inputs: readonly Shape[]): NeededChannel[] =>
  Array.from({ length: channelsOf(only(inputs)) }, (_, channel) => [0, channel]);

/** The parameters of an activation with its defaults filled in; 0 where the function has none. */
export function activationParameters({ fn, alpha, beta }: ActivationConfig): { alpha: number; beta: number } {
  const defaults: { alpha?: number; beta?: number } = activationDefaults[fn];
  return { alpha: alpha ?? defaults.alpha ?? 0, beta: beta ?? defaults.beta ?? 0 };
}
