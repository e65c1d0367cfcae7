import { describe, expect, test, vi } from 'vitest';
import { type CriterionName, openPassMemory, scoreSharing, scores } from '../../src/criteria/index.js';
import { loadDataset } from '../../src/data/index.js';
import { denseNetwork, initialize } from '../../src/network/index.js';

const network = initialize(denseNetwork([4], [12, 9], 3), { seed: 5 });
const iris = await loadDataset('iris', { limit: 60, seed: 1 });
const families: readonly (readonly CriterionName[])[] = [
  ['mean-activation', 'l2-activation', 'variance', 'apoz'],
  ['taylor', 'taylor-squared', 'taylor-sum', 'taylor-signed', 'taylor-second'],
  ['gradient', 'snip', 'group-snip', 'taylor-weight'],
  // Each by itself: one asks for sums of single weights, the other for those of nodes alone, which are cheaper.
  ['group-fisher'],
  ['fisher'],
];

describe('criteria that share passes', () => {
  test.each(families)('%s first, the others from what it has left', async (...family) => {
    const passes = openPassMemory();
    const keep = vi.spyOn(passes, 'keep');
    for (const criterion of family) {
      const options = { criterion, engine: 'reference' } as const;
      const { seconds: _own, ...alone } = await scores(network, iris, options).collect();
      const { seconds: _with, ...shared } = await scoreSharing(network, iris, options, passes);
      expect(shared).toEqual(alone);
    }
    expect(keep).toHaveBeenCalledTimes(1);
  });

  test('a pass that was found counts in the seconds as if it had been made', async () => {
    const passes = openPassMemory();
    expect(passes.find('another')).toBeUndefined();
    expect(passes.borrowed).toBe(0);
    passes.keep('a', 'result', 100);
    expect(passes.find('a')).toBe('result');
    expect(passes.borrowed).toBe(100);
    const options = { criterion: 'taylor', engine: 'reference' } as const;
    await scoreSharing(network, iris, options, passes);
    const before = passes.borrowed;
    const { seconds } = await scoreSharing(network, iris, { ...options, criterion: 'taylor-sum' }, passes);
    expect(seconds).toBeGreaterThanOrEqual(passes.borrowed - before);
    expect(passes.borrowed).toBeGreaterThan(before);
  });
});
