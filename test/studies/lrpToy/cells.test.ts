import { describe, expect, test } from 'vitest';
import { comparedCells } from '../../../src/studies/lrpToy/cells.js';
import type { PublishedToy } from '../../../src/studies/lrpToy/published.js';
import { agreementCells, rankCells, rankCellsCsv, rankCounts } from '../../../src/studies/lrpToy/rankCells.js';
import { curvesCsv, curveTable, expectedShares, rankCurves } from '../../../src/studies/lrpToy/rankCurves.js';
import { statisticsOf } from '../../../src/studies/lrpToy/ranks.js';
import type { Result } from '../../../src/studies/lrpToy/results.js';
import type { ToyName } from '../../../src/studies/lrpToy/samples.js';
import type { RankTables } from '../../../src/studies/lrpToy/tables.js';
import { readPublished } from '../../../src/studies/published.js';
import { createRandom } from '../../../src/util/random.js';

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

describe('published numbers about rankings', () => {
  const units = 3000;
  const few = { criterion: 'lrp', perClass: 5 };
  const [other, many] = [
    { criterion: 'weight', perClass: 5 },
    { criterion: 'lrp', perClass: 200 },
  ];
  const row = (mean: number, which: 1 | 2 | 3 | 4 | 5, b = few) =>
    ({ case: which, a: few, b, cell: statisticsOf(units).map(() => ({ mean, std: 0 })) }) as const;
  const cellsOf = (...means: number[]) => {
    const networks = means.map((mean, network): RankTables => {
      const rows = [row(mean, 1), row(mean, 2, other), row(mean, 4, many), row(mean, 5, many)];
      return { group: group('moon'), network, units, rows };
    });
    return rankCells(group('moon'), networks, numbers);
  };
  const published = numbers.datasets.moon.ranks['1 lrp lrp']![2]![numbers.statistics.indexOf('first-1000')]! / 1000;
  const first = (...means: number[]) =>
    cellsOf(...means).find(({ pair, cell }) => pair.case === 1 && cell.column === 'first-1000')!.cell;

  test('stand beside those of every network whose rankings were compared', () => {
    expect(first(published + 0.02)).toMatchObject({ published, trials: 1, verdict: 'not comparable' });
    expect(first(published + 0.009, published + 0.009).verdict).toBe('inside');
    expect(first(published + 0.02, published + 0.02).verdict).toBe('outside');
    expect(first(published + 0.01, published + 0.03).verdict).toBe('inside');
  });

  test('are cells where seeds are compared, and counted and listed in all cases', () => {
    const cells = cellsOf(published, published);
    const shown = agreementCells(group('moon'), cells);
    expect(shown.map(({ row: place, column }) => `${place}: ${column}`)).toEqual(
      ['spearman', 'kendalltau', 'first-1000', 'last-1000'].map((name) => `lrp, 5 a class: ${name}`),
    );
    const [counts] = rankCounts(group('moon'), cells, numbers);
    const at = (name: string) => counts!.rows.map((own) => String(own[counts!.headers.indexOf(name)]));
    expect(at('first-1000').map((text) => text.split(' of ')[1])).toEqual(['1', '1', '0', '1', '1']);
    expect(at('first-1000')[0]).toBe('1 of 1');
    expect(rankCounts(group('moon'), cellsOf(published), numbers)).toEqual([]);
    const lines = rankCellsCsv(group('moon'), cells).content.trim().split(/\r?\n/);
    expect(lines).toHaveLength(1 + 4 * numbers.statistics.length);
    expect(lines.find((line) => line.startsWith('1,lrp,5,lrp,5,first-1000'))).toBe(
      `1,lrp,5,lrp,5,first-1000,${published},${published},0,2,inside`,
    );
  });

  test('are judged together where they share a network: above, below, between ours, and how often that happens', () => {
    const pick = (...means: number[]) =>
      rankCurves(cellsOf(...means)).find((own) => own.case === 1 && own.statistic === 'first-1000')!;
    // One number: Student's t of one more network, with the spread of a rounded digit beside.
    expect(pick(published - 0.1, published + 0.1)).toMatchObject({ numbers: 1, within: 1, above: 0, below: 0 });
    expect(pick(published - 0.1, published + 0.1).probability).toBeCloseTo(1, 6);
    const far = pick(published - 0.05, published - 0.03);
    expect(far).toMatchObject({ criteria: ['lrp'], networks: 2, within: 0, above: 0, below: 0 });
    expect(far.difference).toBeCloseTo(0.04, 9);
    const t = 0.04 / Math.hypot(0.02 / Math.SQRT2 / Math.sqrt(2 / 3), 0.001 / Math.sqrt(12));
    expect(far.probability).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(t), 9);
    expect(pick(published - 0.021, published - 0.02)).toMatchObject({ above: 1, below: 0 });
    expect(pick(published + 0.021, published + 0.02)).toMatchObject({ above: 0, below: 1 });
    expect(rankCurves(cellsOf(published))).toEqual([]);
  });

  test('stand in a table by what is compared, beside what chance would do, and in a file curve by curve', () => {
    const curves = rankCurves(cellsOf(published + 0.0201, published + 0.02));
    const [table] = curveTable(group('moon'), curves);
    const count = numbers.statistics.length;
    expect(table!.rows.map(([name, own]) => [name, own])).toEqual([
      ...['1: lrp', '2: lrp, weight', '4: lrp', '5: lrp'].map((name) => [name, String(count)]),
      ['all', String(4 * count)],
      ['one more network like ours, by chance', ''],
    ]);
    expect(table!.rows[0]!.at(-1)).toContain('first-1000 \u22120.020');
    expect(table!.rows.at(-1)).toEqual(['one more network like ours, by chance', '', '25 %', '', '33 %', '5 %']);
    expect(curveTable(group('moon'), [])).toEqual([]);
    const [file] = curvesCsv(group('moon'), curves);
    expect(file!.content.trim().split(/\r?\n/)).toHaveLength(1 + curves.length);
    expect(curvesCsv(group('moon'), [])).toEqual([]);
  });

  test('of one network, drawn like ours, would be outside by chance in shares that draws confirm', () => {
    const random = createRandom(5);
    for (const networks of [2, 3]) {
      const drawn = Array.from({ length: 20_000 }, () => {
        const ours = Array.from({ length: networks }, () => random.normal());
        const [other, centre] = [random.normal(), ours.reduce((a, b) => a + b) / networks];
        const std = Math.sqrt(ours.reduce((sum, own) => sum + (own - centre) ** 2, 0) / (networks - 1));
        return [Math.abs(other - centre) > 3 * std, other > Math.min(...ours) && other < Math.max(...ours)];
      });
      const share = (i: number) => drawn.filter((own) => own[i]).length / drawn.length;
      const expected = expectedShares(networks);
      // Four standard errors of a share of 20,000 are 0.015 at most.
      expect(Math.abs(share(0) - expected.outside)).toBeLessThan(0.015);
      expect(Math.abs(share(1) - expected.within)).toBeLessThan(0.015);
    }
  });
});
