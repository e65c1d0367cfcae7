import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import { describeValue } from '../util/expect.js';
import type { NetworkSpec } from './build.js';
import { type LayerId, layerAt, type Network } from './network.js';

/**
 * The same network, measured at another of its outputs: what is evaluated, scored, ablated or trained is that output. All
 * outputs are still computed, compared and written.
 *
 * @param name of the output's layer.
 * @throws SecateurError ERR_ARGUMENT for a name that is no output's, listing those that are.
 */
export function withOutput(network: Network, name: string): Network {
  expectArguments({ network });
  const output = network.outputs.find((id) => layerAt(network, id).name === name);
  if (output !== undefined) return Object.freeze({ ...network, output });
  throw new SecateurError('ERR_ARGUMENT', `the network has no output ${describeValue(name)}`, {
    hint: `its outputs: ${outputNames(network).join(', ')}`,
  });
}

/** The network, measured where another is: at the output of the same number. Both have as many outputs. */
export const measuredLike = (network: Network, other: Network): Network => ({
  ...network,
  output: network.outputs[other.outputs.indexOf(other.output)] ?? network.output,
});

/** The names of a network's outputs, in their order. */
export function outputNames(network: Network): string[] {
  expectArguments({ network });
  return network.outputs.map((id) => layerAt(network, id).name);
}

/** The outputs as a description of the network has them. `nameOf`: what their layers are called there. */
export function describeOutputs(
  network: Network,
  nameOf: (id: LayerId) => string = (id) => layerAt(network, id).name,
): Required<Pick<NetworkSpec, 'outputs' | 'output'>> {
  return { outputs: network.outputs.map(nameOf), output: nameOf(network.output) };
}
