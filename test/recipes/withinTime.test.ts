import { beforeEach, describe, expect, test, vi } from 'vitest';
import { denseNetwork, initialize, type Network, nodeCount, summarize } from '../../src/network/index.js';
import { type PruneOptions, prune } from '../../src/recipes/index.js';
import { SecateurError } from '../../src/util/errors.js';

/** Stands for onnxruntime: a pass takes a millisecond for every 100 multiply-accumulates. */
const clock = vi.hoisted(() => ({ measured: [] as number[], reason: null as string | null }));
vi.mock('../../src/runtimes/index.js', () => ({
  measureLatency: async ([network]: Network[]) => {
    if (clock.reason !== null) throw new SecateurError('ERR_BACKEND', clock.reason);
    const median = summarize(network!).macs / 100;
    clock.measured.push(median);
    return { times: [{ median, quartiles: [median, median] }] };
  },
}));
beforeEach(() => {
  clock.measured = [];
  clock.reason = null;
});

const network = initialize(denseNetwork([5], [16, 12], 3), { seed: 2 });
const run = (options: Partial<PruneOptions>) =>
  prune(network, null, { criterion: 'l2', engine: 'reference', ...options });
const hidden = ({ layers }: Network): number[] => layers.map(nodeCount).filter((count) => count > 0);

describe('prune with budgetMs', () => {
  test.each([
    'layer',
    'global',
  ] as const)('takes what a budget of as many operations takes, scope %s', async (scope) => {
    for (const share of [0.2, 0.5, 0.9]) {
      const budgetMacs = Math.floor(share * summarize(network).macs);
      const byTime = await run({ budgetMs: budgetMacs / 100, scope });
      expect(byTime.plan.nodes).toEqual((await run({ budgetMacs, scope })).plan.nodes);
      expect(byTime.plan.made).toMatchObject({ budgetMs: budgetMacs / 100 });
      expect(clock.measured).toContain(summarize(byTime.network).macs / 100);
    }
  });

  test('halves what it has to look at: a measurement for each doubling of the nodes', async () => {
    await run({ budgetMs: 1, scope: 'global' });
    expect(clock.measured.length).toBeLessThanOrEqual(1 + Math.ceil(Math.log2(16 + 12 + 1)));
  });

  test('a budget that is met already takes nothing', async () => {
    expect(hidden((await run({ budgetMs: 1000 })).network)).toEqual([16, 12, 3]);
  });

  test('a budget out of reach is refused with what can be reached', async () => {
    await expect(run({ budgetMs: 0.01 })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
      message: `budgetMs: expected at least ${(5 + 1 + 3) / 100}, what the smallest network takes here but received 0.01`,
    });
  });

  test('without onnxruntime it fails, and says why', async () => {
    clock.reason = 'onnxruntime-node: not installed';
    await expect(run({ budgetMs: 1 })).rejects.toMatchObject({ code: 'ERR_BACKEND', message: clock.reason });
  });

  test.each([
    [{ budgetMs: 0 }, 'budgetMs: expected milliseconds, above 0'],
    [{ budgetMs: Number.NaN }, 'budgetMs: expected a finite number'],
    [{ budgetMs: 1, amount: 0.5 }, 'exactly one of amount, .*, budgetMs but received "amount and budgetMs"'],
    [{ budgetMs: 1, weights: true, criterion: 'magnitude' }, 'budgetMs: the option is for nodes'],
    [{ budgetMs: 1, steps: 2 }, 'steps grow towards a share'],
  ] as [Partial<PruneOptions>, string][])('%j is refused', async (options, part) => {
    await expect(run(options)).rejects.toThrow(new RegExp(part));
  });
});
