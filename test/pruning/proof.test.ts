import { describe, expect, it } from 'vitest';
import { evaluate, predict } from '../../src/engine/index.js';
import {
  createNetwork,
  initialize,
  type Layer,
  type LayerSpec,
  layerAt,
  type Network,
  networkDigest,
} from '../../src/network/index.js';
import {
  certify,
  composePlans,
  createPlan,
  diffPlans,
  invertPruning,
  maskNetwork,
  shrinkNetwork,
  undoPruning,
} from '../../src/pruning/index.js';
import { tensor } from '../../src/tensor/tensor.js';
import { createRandom } from '../../src/util/random.js';
import { judges } from '../support/engines.js';
import { randomNetwork } from '../support/randomNetwork.js';

const layers: readonly LayerSpec[] = [
  { name: 'in', kind: 'input', config: { shape: [5, 5, 1] } },
  { name: 'a', kind: 'conv2d', config: { filters: 6, kernelSize: [3, 3] } },
  { name: 'n', kind: 'batchNorm' },
  { name: 'r', kind: 'activation', config: { fn: 'relu' } },
  { name: 'f', kind: 'flatten' },
  { name: 'b', kind: 'dense', config: { units: 3 } },
];
const network = initialize({ layers }, { seed: 4 });
const random = createRandom(5);
const data = {
  x: Float32Array.from({ length: 40 * 25 }, () => random.normal()),
  y: Int32Array.from({ length: 40 }, () => random.integer(2)),
};
const engines = judges.map(({ engine }) => engine.name);

describe.for(engines)('certify on the %s engine', (engine) => {
  it('proves a shrunk network and measures both', async () => {
    const plan = createPlan(network, { a: [0, 4] });
    const shrunk = shrinkNetwork(network, plan);
    const found = await certify(network, plan, shrunk, { data, engine });
    expect(found.holds).toBe(true);
    expect(found.before.parameters - found.after.parameters).toBe(2 * (9 + 1 + 4 + 9 * 3));
    const [before, after] = [
      await evaluate(network, data, { engine }),
      await evaluate(shrunk.network, data, { engine }),
    ];
    expect([found.before.loss, found.before.accuracy]).toEqual([before.loss, before.accuracy]);
    expect([found.after.loss, found.after.accuracy]).toEqual([after.loss, after.accuracy]);
    expect(found.flips).toBe(await countFlips(shrunk.network));
    expect(found.removed).toEqual([{ layer: 'a', nodes: [0, 4] }]);
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });

  it('does not hold for a network that computes something else', async () => {
    const plan = createPlan(network, { a: [0] });
    const shrunk = shrinkNetwork(network, plan);
    const bent = withBias(shrunk.network, 'b', 1e-3);
    expect((await certify(network, plan, { ...shrunk, network: bent }, { engine })).holds).toBe(false);
  });

  it('works without data', async () => {
    const plan = createPlan(network, { a: [0] });
    const found = await certify(network, plan, shrinkNetwork(network, plan), { engine });
    expect([found.holds, found.flips, found.before.loss, found.maxAbsDifference.data]).toEqual([
      true,
      null,
      null,
      null,
    ]);
  });

  it('holds for random networks', async () => {
    for (let seed = 0; seed < 12; seed++) {
      const any = randomNetwork(seed, { include: ['conv2d', 'dense'] });
      const hidden = any.layers.find(({ name, kind }) => kind === 'conv2d' && name !== '') as Layer;
      const nodes = { [hidden.name]: [0] };
      const plan = attempt(() => createPlan(any, nodes));
      if (plan === null) continue;
      expect((await certify(any, plan, shrinkNetwork(any, plan), { engine })).holds, String(seed)).toBe(true);
    }
  });
});

function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}

async function countFlips(shrunk: Network): Promise<number> {
  const best = (rows: Float32Array): number[] =>
    Array.from({ length: 40 }, (_, i) => {
      const row = [...rows.subarray(3 * i, 3 * i + 3)];
      return row.indexOf(Math.max(...row));
    });
  const [a, b] = [best(await predict(network, data)), best(await predict(shrunk, data))];
  return a.filter((label, i) => label !== b[i]).length;
}

function withBias(original: Network, name: string, by: number): Network {
  const specs = original.layers.map((layer) => {
    const { bias } = layer.weights;
    const moved =
      layer.name === name && bias
        ? { bias: tensor(bias.shape, bias.data.map((value) => value + by) as Float32Array) }
        : {};
    return {
      name: layer.name,
      kind: layer.kind,
      config: layer.config,
      inputs: layer.inputs.map((id) => layerAt(original, id).name),
      weights: { ...layer.weights, ...moved },
    } as LayerSpec;
  });
  return createNetwork({ layers: specs });
}

describe('networkDigest', () => {
  it('is the same for equal networks and another for any other weight, setting or name', () => {
    const again = initialize({ layers }, { seed: 4 });
    const renamed = initialize(
      { layers: layers.map((layer, i) => (i === 1 ? { ...layer, name: 'A' } : layer)) },
      { seed: 4 },
    );
    const bent = initialize(
      { layers: layers.map((layer, i) => (i === 3 ? { ...layer, config: { fn: 'elu' } } : layer) as LayerSpec) },
      { seed: 4 },
    );
    expect(networkDigest(again)).toBe(networkDigest(network));
    const others = [renamed, bent, withBias(network, 'b', 1e-7)].map(networkDigest);
    expect(new Set([networkDigest(network), ...others]).size).toBe(4);
  });
});

describe('plans', () => {
  const first = createPlan(network, { a: [0, 4] }, { made: { by: 'hand' } });
  const second = createPlan(network, { a: [1, 4] });

  it('compose to what either removes', () => {
    expect(composePlans(first, second).nodes).toEqual([{ layer: 'a', nodes: [0, 1, 4] }]);
    expect(shrinkNetwork(network, composePlans(first, second)).network).toEqual(
      shrinkNetwork(network, createPlan(network, { a: [0, 1, 4] })).network,
    );
  });

  it('differ by what the second keeps', () => {
    expect(diffPlans(first, second).nodes).toEqual([{ layer: 'a', nodes: [0] }]);
    expect(diffPlans(first, first).nodes).toEqual([]);
  });

  it('keep the values of means together with their nodes', () => {
    const means = (nodes: number[], by: number) =>
      createPlan(network, { a: nodes }, { cut: 'mean', values: (_l, node) => node + by });
    expect(composePlans(means([4, 0], 0), means([1, 4], 0.5)).nodes).toEqual([
      { layer: 'a', nodes: [0, 1, 4], values: [0, 1.5, 4.5] },
    ]);
  });

  it('of different networks or cuts do not go together', () => {
    expect(() => composePlans(first, createPlan(network, { a: [1] }, { cut: 'zero' }))).toThrow(/different points/);
    expect(() => diffPlans(first, createPlan(withBias(network, 'b', 1), { a: [1] }))).toThrow(/different networks/);
  });
});

describe('undoPruning', () => {
  it('restores the bytes, after a mask and after a shrinking', () => {
    for (const cut of ['weights', 'zero', 'mean'] as const) {
      const plan = createPlan(network, { a: [0, 3] }, { cut, values: () => -0.25 });
      for (const pruned of [maskNetwork(network, plan), shrinkNetwork(network, plan).network]) {
        const undo = JSON.parse(JSON.stringify(invertPruning(network, pruned)));
        expect(undoPruning(pruned, undo)).toEqual(network);
        expect(networkDigest(undoPruning(pruned, undo))).toBe(networkDigest(network));
      }
    }
  });

  it('stores only what the pruned network does not have', () => {
    const undo = invertPruning(network, maskNetwork(network, createPlan(network, { a: [0] })));
    expect(undo.layers.filter(({ weights }) => weights !== undefined).map(({ name }) => name)).toEqual(['a']);
  });

  it('refuses another network, and an undo that was changed', () => {
    const { network: pruned } = shrinkNetwork(network, createPlan(network, { a: [0] }));
    const undo = invertPruning(network, pruned);
    expect(() => undoPruning(network, undo)).toThrow(/another pruned network/);
    expect(() => undoPruning(pruned, {} as never)).toThrow(/no undo/);
    expect(() => undoPruning(pruned, { ...undo, original: 'x' })).toThrow(/does not lead back/);
  });
});
