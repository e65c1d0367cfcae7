import { describe, expect, it } from 'vitest';
import { predict } from '../../src/engine/index.js';
import {
  type CutPoint,
  createNetwork,
  type Layer,
  type LayerSpec,
  layerAt,
  type Network,
} from '../../src/network/index.js';
import { maskNetwork } from '../../src/pruning/index.js';
import { expectClose, tolerances } from '../support/tolerance.js';
import { act, build, dense, image, planOf } from '../support/topology.js';

describe('masking', () => {
  it('cuts what ablation cuts: incoming weights and bias at cut weights, the output at zero and mean', async () => {
    const network = build(image(3), dense('a', 2), act('s', 'sigmoid'), dense('b', 1));
    const at = async (cut: CutPoint): Promise<number> => {
      const masked = maskNetwork(network, planOf(network, { a: [0] }, cut));
      return (await predict(masked, { x: Float32Array.of(1, 2, 3) }, { engine: 'reference' }))[0] as number;
    };
    const { kernel, bias } = (network.layers.find(({ name }) => name === 'a') as Layer).weights;
    const head = (network.layers.find(({ name }) => name === 'b') as Layer).weights;
    const z = bias!.data[1]! + [1, 2, 3].reduce((sum, x, i) => sum + x * kernel!.data[2 * i + 1]!, 0);
    const kept = head.bias!.data[0]! + head.kernel!.data[1]! / (1 + Math.exp(-z));
    for (const [cut, value] of [
      ['weights', 0.5],
      ['zero', 0],
      ['mean', 0.3],
    ] as const) {
      expectClose([await at(cut)], [kept + value * head.kernel!.data[0]!], tolerances.doubleStored, cut);
    }
  });

  it('leaves the other channels bit for bit', async () => {
    const network = build(image(3), dense('a', 4), act('s', 'sigmoid'), dense('b', 2));
    const plan = planOf(network, { a: [0] }, 'mean');
    const gate = maskNetwork(network, plan);
    const before = await predict(createNetwork({ layers: specsUpTo(network, 's') }), { x: Float32Array.of(1, 2, 3) });
    const after = await predict(createNetwork({ layers: specsUpTo(gate, 's/mask') }), { x: Float32Array.of(1, 2, 3) });
    expect([...after].slice(1)).toEqual([...before].slice(1));
    expect(after[0]).toBe(Math.fround(0.3));
  });
});

function specsUpTo(network: Network, name: string): LayerSpec[] {
  const end = network.layers.findIndex((each) => each.name === name);
  return network.layers.slice(0, end + 1).map(({ name: own, kind, config, weights, inputs }) => ({
    name: own,
    kind,
    config,
    weights,
    inputs: inputs.map((id) => layerAt(network, id).name),
  })) as LayerSpec[];
}
