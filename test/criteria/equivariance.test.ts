import { describe, expect, test } from 'vitest';
import { type Criterion, type CriterionName, criteria, criterionNames, scores } from '../../src/criteria/index.js';
import { denseNetwork, initialize, type Layer, type Network } from '../../src/network/index.js';
import { createRandom } from '../../src/util/random.js';
import { expectClose, tolerances } from '../support/tolerance.js';

/** Dense layers with their nodes in another order: `order[k]` is the old number of node `k` of the first hidden layer. */
function permuted(network: Network, order: readonly number[]): Network {
  const [first, second] = network.layers.filter((layer) => layer.kind === 'dense') as [Layer, Layer];
  const columns = (data: ArrayLike<number>, width: number) =>
    Float32Array.from(data, (_, i) => data[i - (i % width) + (order[i % width] as number)] as number);
  const rows = (data: ArrayLike<number>, width: number) =>
    Float32Array.from(data, (_, i) => data[(order[Math.floor(i / width)] as number) * width + (i % width)] as number);
  const replaced = (layer: Layer): Layer => {
    const { kernel, bias } = layer.weights;
    const width = layer.outputShape[0] as number;
    if (layer === first) {
      const moved = { kernel: { ...kernel!, data: columns(kernel!.data, width) } };
      return {
        ...layer,
        weights: bias ? { ...moved, bias: { ...bias, data: columns(bias.data, width) } } : moved,
      } as Layer;
    }
    if (layer === second) {
      return {
        ...layer,
        weights: { ...layer.weights, kernel: { ...kernel!, data: rows(kernel!.data, width) } },
      } as Layer;
    }
    return layer;
  };
  return { ...network, layers: network.layers.map(replaced) };
}

const network = initialize(denseNetwork([5], [7, 4], 3), { seed: 11 });
const order = [3, 0, 6, 1, 5, 2, 4];
const random = createRandom(5);
const data = {
  x: Float32Array.from({ length: 70 * 5 }, () => random.normal()),
  y: Int32Array.from({ length: 70 }, () => random.integer(2)),
};

/** Criteria of nodes that do not draw by the number of the node, and have something to say about these layers. */
const fair = criterionNames.filter((name) => {
  const { nodes, takes, suits }: Criterion = criteria[name];
  return nodes && !takes.includes('seed') && (suits?.(network, network.layers[1] as Layer) ?? true);
});

describe('the order of the nodes', () => {
  test.each(fair)('%s gives a node the same score wherever it stands', async (criterion: CriterionName) => {
    const options = { criterion, engine: 'reference' } as const;
    const before = (await scores(network, data, options).collect()).layers;
    const after = (await scores(permuted(network, order), data, options).collect()).layers;
    const [first, second] = before.map(({ scores: own }) => own) as [readonly number[], readonly number[]];
    expectClose(
      after[0]!.scores,
      order.map((old) => first[old] as number),
      tolerances.double,
      'the permuted layer',
    );
    expectClose(after[1]!.scores, second, tolerances.double, 'the layer behind it');
  });
});

test('random follows its seed and nothing else', async () => {
  const draw = async (seed?: number) => {
    const options = { criterion: 'random', ...(seed === undefined ? {} : { seed }) } as const;
    return (await scores(network, null, options).collect()).layers;
  };
  expect(await draw(3)).toEqual(await draw(3));
  expect(await draw(3)).not.toEqual(await draw(4));
  expect(await draw()).toEqual(await draw(0));
});
