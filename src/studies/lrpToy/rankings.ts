import { toyCriteria } from './criteria.js';
import type { Cell } from './grid.js';
import { formatLogLine, type LogLine } from './log.js';
import { percentOf } from './measure.js';
import type { Ranking } from './pruning.js';
import { analyseRanks, type Ranked, ranked } from './ranks.js';
import type { Done } from './results.js';
import type { ToyName } from './samples.js';
import type { RankTables } from './tables.js';

/** The rank tables that a trial has worked out. */
export function ranksOf({ trial, outcome }: Done): RankTables[] {
  if (outcome.ranks.length === 0) return [];
  const { dataset, variant, seed, hidden } = trial;
  const rows = outcome.ranks.map(({ case: which, a, b, means, stds }) => ({
    case: which as RankTables['rows'][number]['case'],
    a: sideOf(a),
    b: sideOf(b),
    cell: means.map((mean, i) => ({ mean, std: stds[i]! })),
  }));
  return [{ group: { dataset, variant }, network: seed, units: 3 * hidden, rows }];
}

function sideOf(key: string): { criterion: string; perClass: number } {
  const [criterion = '', perClass] = key.split(' ');
  return { criterion, perClass: Number(perClass) };
}

/** Rank tables of a log's rankings, if it has any: of the criteria and sizes that have one for every seed. */
export function ranksOfLog(lines: readonly LogLine[]): RankTables[] {
  const datasets = new Map<ToyName, Map<string, Ranked[]>>();
  let units = 0;
  for (const { dataset, criterion, perClass, value } of lines.toSorted((a, b) => a.seed - b.seed)) {
    if (typeof value === 'number') continue;
    units = value.length;
    const own = datasets.get(dataset) ?? new Map<string, Ranked[]>();
    datasets.set(dataset, own);
    const key = `${criterion} ${perClass}`;
    own.set(key, [...(own.get(key) ?? []), ranked(value)]);
  }
  return [...datasets].map(([dataset, runs]) => {
    const sides = [...runs.keys()].map(sideOf);
    const sizes = [...new Set(sides.map(({ perClass }) => perClass))].sort((a, b) => a - b);
    const criteria = toyCriteria.filter((name) => sizes.every((size) => runs.has(`${name} ${size}`)));
    const rows = [...analyseRanks(criteria, sizes, (criterion, size) => runs.get(`${criterion} ${size}`)!)];
    return { group: { dataset, variant: 'log' }, network: 0, units, rows };
  });
}

/**
 * The log of a network's runs: accuracies before and after, or, where rankings were kept, accuracies before and the
 * rankings. The test scenario is the first one that was asked for.
 */
export function logOf({ trial, outcome }: Done): string {
  const { dataset, criteria, sizes, seeds, rankings: ranks } = trial;
  const lines = criteria.flatMap((criterion) =>
    sizes.flatMap((perClass, i) => {
      const cell = outcome.cells.find((own) => own.criterion === criterion && own.perClass === perClass)!;
      const { train, tests } = outcome.samples;
      const tested = tests[0]![i]!;
      return Array.from({ length: seeds }, (_, seed) => {
        const line = { dataset, criterion, perClass, seed };
        const pre = { ...line, stage: 'pre' } as const;
        const post = { ...line, stage: 'post' } as const;
        const before: LogLine[] = [
          { ...pre, scenario: 'train', value: percentOf(outcome.intact.train, train) },
          { ...pre, scenario: 'test', value: percentOf(outcome.intact.tests[0]![i]![seed]!, tested) },
        ];
        const after: LogLine[] = ranks
          ? [{ ...pre, scenario: 'rankselection', value: rankingAt(cell, seed) }]
          : [
              { ...post, scenario: 'train', value: percentOf(cell.train[seed]!, train) },
              { ...post, scenario: 'test', value: percentOf(cell.tests[0]![seed]!, tested) },
            ];
        return [...before, ...after].map(formatLogLine).join('');
      }).join('');
    }),
  );
  return lines.join('');
}

/** A criterion without samples has one ranking for all seeds. */
function rankingAt({ rankings }: Cell, seed: number): Ranking {
  const bytes = Buffer.from(rankings![rankings!.length === 1 ? 0 : seed]!, 'base64');
  return new Uint16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}
