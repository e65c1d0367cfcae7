import { describe, it } from 'vitest';
import { type CutPoint, channelGroups, cutPoints, layerAt, type Network, nodeCount } from '../../src/network/index.js';
import { maskNetwork, type NodesByLayer, shrinkNetwork } from '../../src/pruning/index.js';
import { createRandom } from '../../src/util/random.js';
import { withDoubles } from '../support/doubles.js';
import { randomNetwork } from '../support/randomNetwork.js';
import { expectClose, tolerances } from '../support/tolerance.js';
import { outputs, planOf } from '../support/topology.js';

describe('random networks, random groups', () => {
  it.for(
    Array.from({ length: 60 }, (_, seed) => seed),
  )('seed %i: shrunk computes what masked computes', async (seed) => {
    const random = createRandom(1000 + seed);
    const drawn = withDoubles(randomNetwork(1000 + seed, { extra: 5 }));
    const network = seed % 4 === 0 ? withSecondOutput(drawn, random.uniform()) : drawn;
    const nodes = drawNodes(network, () => random.uniform());
    const plan = planOf(network, nodes, cutPoints[seed % 3] as CutPoint);
    const { network: shrunk } = shrinkNetwork(network, plan);
    const [expected, actual] = [await outputs(maskNetwork(network, plan)), await outputs(shrunk)];
    expectClose(actual, expected, tolerances.doubleStored);
  });
});

/** With the output of another layer besides, somewhere in the middle. */
function withSecondOutput(network: Network, where: number): Network {
  const others = network.layers.filter(({ id }) => id !== network.input && id !== network.output);
  const { id } = others[Math.floor(where * others.length)]!;
  return { ...network, outputs: [network.output, id] };
}

/** About every third group of nodes, but never all nodes of a layer. */
function drawNodes(network: Network, uniform: () => number): NodesByLayer {
  const left = new Map(network.layers.map((each) => [each.id, each.outputShape.at(-1) as number]));
  const nodes: Record<string, number[]> = {};
  for (const { members, stays } of channelGroups(network).all) {
    const drawn = uniform() < 0.35;
    if (stays !== null || !drawn || members.some(({ layer: id, channels }) => left.get(id)! <= channels.length))
      continue;
    for (const { layer: id, channels } of members) {
      left.set(id, left.get(id)! - channels.length);
      const { name } = layerAt(network, id);
      if (nodeCount(layerAt(network, id)) > 0) nodes[name] = [...(nodes[name] ?? []), ...channels];
    }
  }
  return nodes;
}
