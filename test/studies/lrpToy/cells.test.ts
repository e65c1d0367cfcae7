import { describe, expect, test } from 'vitest';
import { agreementCells, comparedCells, type PublishedToy } from '../../../src/studies/lrpToy/cells.js';
import { statisticsOf } from '../../../src/studies/lrpToy/ranks.js';
import type { Result } from '../../../src/studies/lrpToy/results.js';
import type { ToyName } from '../../../src/studies/lrpToy/samples.js';
import type { RankTables } from '../../../src/studies/lrpToy/tables.js';
import { readPublished } from '../../../src/studies/published.js';

const numbers = await readPublished<PublishedToy>('lrp-toy');
const group = (dataset: ToyName) => ({ dataset, variant: 'as-published' }) as const;

/** One network a mean: what it knows of the training samples after pruning by relevance, and before. */
const networks = (dataset: ToyName, perClass: number, means: readonly number[]): Result[] =>
  means.flatMap((mean, network) =>
    (['lrp', null] as const).map((criterion) => ({
      ...{ ...group(dataset), network, perClass, criterion, scenario: 'train' as const },
      values: [mean - 1, mean + 1],
    })),
  );

describe('published means of the toy study', () => {
  const published = numbers.datasets.moon.train.lrp[0]![0];
  const cellsOf = (means: readonly number[]) => comparedCells(group('moon'), networks('moon', 1, means), numbers);
  const pruned = (means: readonly number[]) => cellsOf(means).find(({ column }) => column === 'lrp')!;

  test('stand beside one value for each network', () => {
    expect(cellsOf([90, 92]).map(({ row, column }) => `${row}: ${column}`)).toEqual([
      'training samples: intact',
      'training samples, 1 a class: lrp',
    ]);
    expect(pruned([90, 92])).toMatchObject({ published, ours: 91, trials: 2 });
  });

  test('may be a point away, or three deviations over the networks if those are more', () => {
    const [near, far] = [published + 0.9, published + 1.1];
    expect([pruned([near, near]).verdict, pruned([far, far]).verdict]).toEqual(['inside', 'outside']);
    expect([pruned([far - 1, far + 1]).verdict, pruned([far + 3, far + 5]).verdict]).toEqual(['inside', 'outside']);
  });

  test('are not comparable with a single network, and mult with one sample a class not at all', () => {
    expect(pruned([published + 0.5]).verdict).toBe('not comparable');
    const cells = comparedCells(group('mult'), networks('mult', 1, [63, 63]), numbers);
    expect(cells.map(({ row }) => row)).toEqual(['training samples']);
  });
});

test('published agreement of rankings stands beside that of the networks whose rankings were compared', () => {
  const units = 3000;
  const row = (mean: number) => {
    const side = { criterion: 'lrp', perClass: 5 };
    return { case: 1, a: side, b: side, cell: statisticsOf(units).map(() => ({ mean, std: 0 })) } as const;
  };
  const ranks = (...means: number[]): RankTables[] =>
    means.map((mean, network) => ({ group: group('moon'), network, units, rows: [row(mean)] }));
  const published = numbers.datasets.moon.agreement.lrp!['first-1000'][2]!;
  const [spearman, kendall, first, last] = agreementCells(group('moon'), ranks(published + 0.02), numbers);
  expect([spearman, kendall, first, last].map((cell) => cell!.column)).toEqual([
    ...['spearman', 'kendalltau', 'first-1000', 'last-1000'],
  ]);
  expect(first).toMatchObject({ row: 'lrp, 5 a class', published, trials: 1, verdict: 'not comparable' });
  const verdictOf = (...means: number[]) => agreementCells(group('moon'), ranks(...means), numbers)[2]!.verdict;
  expect(verdictOf(published + 0.009, published + 0.009)).toBe('inside');
  expect(verdictOf(published + 0.02, published + 0.02)).toBe('outside');
  expect(verdictOf(published + 0.01, published + 0.03)).toBe('inside');
});
