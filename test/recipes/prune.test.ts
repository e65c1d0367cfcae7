import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/engine/index.js';
import { denseNetwork, initialize, nodeCount, summarize } from '../../src/network/index.js';
import { maskNetwork } from '../../src/pruning/index.js';
import { prune, search, sensitivity, sweep } from '../../src/recipes/index.js';
import { createRandom } from '../../src/util/random.js';

const network = initialize(denseNetwork([5], [8, 6], 3), { seed: 2 });
const random = createRandom(1);
const data = {
  x: Float32Array.from({ length: 60 * 5 }, () => random.normal()),
  y: Int32Array.from({ length: 60 }, () => random.integer(2)),
};
const engine = { engine: 'reference' } as const;

describe('prune', () => {
  it('removes the nodes whose ablation costs least, and says what that does', async () => {
    const {
      network: small,
      certificate,
      plan,
    } = await prune(network, data, { criterion: 'ablation', amount: 0.25, ...engine });
    expect(small.layers.map(nodeCount).filter((count) => count > 0)).toEqual([6, 4, 3]);
    expect(certificate.after.loss).toBe((await evaluate(small, data, engine)).loss);
    expect(plan.made).toMatchObject({ criterion: 'ablation', amount: 0.25, cut: 'weights' });
  });

  it('cuts where the knock-out criterion cuts', async () => {
    for (const cut of ['zero', 'mean'] as const) {
      const found = await prune(network, data, { criterion: 'ablation', amount: 1, cut, ...engine });
      expect(found.plan.cut).toBe(cut);
      expect(found.certificate.holds).toBe(true);
    }
  });

  it('masks on demand', async () => {
    const { network: masked, plan } = await prune(network, null, {
      criterion: 'l1',
      amount: 0.5,
      mask: true,
      ...engine,
    });
    expect(summarize(masked).parameters).toBe(summarize(network).parameters);
    expect(masked).toEqual(maskNetwork(network, plan));
  });

  it.each([
    [['output'], 'no node of layer "output" can go: they are what the model answers with'],
    [['dense_1', 'output'], 'no node of layer "output" can go'],
  ])('refuses the named layers %j before any work, and takes their weights', async (layers, message) => {
    const refused = { code: 'ERR_ARGUMENT', message: expect.stringContaining(message) };
    const calls: (() => unknown)[] = [
      () => prune(network, null, { criterion: 'l2', amount: 0.5, layers, ...engine }),
      () => sweep(network, data, { layers, ...engine }),
      () => sensitivity(network, data, { layers, ...engine }),
      () => search(network, data, { layers, budgetMacs: 0.9, ...engine }),
    ];
    for (const call of calls) await expect((async () => await call())()).rejects.toMatchObject(refused);
    const options = { criterion: 'magnitude', amount: 0.5, layers, weights: true, ...engine } as const;
    const { plan } = await prune(network, null, options);
    expect(plan.weights?.map(({ layer }) => layer)).toEqual(layers);
  });

  it('refuses an option that the criterion does not follow', async () => {
    await expect(prune(network, data, { criterion: 'l1', amount: 0.5, rule: 'epsilon' })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
    });
  });
});
