import { type CellPlace, type ComparedCell, compare } from '../compare.js';
import { type ToyCriterion, toyCriteria } from './criteria.js';
import type { TrainTable } from './findings.js';
import { statisticsOf } from './ranks.js';
import { type Group, type Result, type Spread, scenarioName, scenariosOf, sizesOf, spreadsOf } from './results.js';
import type { ToyName } from './samples.js';
import type { RankTables } from './tables.js';

type Curve = readonly (readonly [mean: number, std: number] | null)[];
type Agreement = Readonly<Record<'spearman' | 'kendalltau' | 'first-1000' | 'last-1000', readonly (number | null)[]>>;

/** The published numbers, by size. */
export interface PublishedToy {
  readonly sizes: readonly number[];
  readonly datasets: Readonly<
    Record<
      ToyName,
      {
        readonly intact: number;
        readonly train: Readonly<Record<ToyCriterion, Curve>>;
        /** By sigma. */
        readonly tests: Readonly<Record<string, Readonly<Record<ToyCriterion | 'intact', Curve>>>>;
        readonly agreement: Readonly<Record<string, Agreement>>;
      }
    >
  >;
}

/** Networks differ: ours may be off by three standard deviations over them, and by a point (of a percent) in any case. */
const deviations = 3;
const leastBand = 1;

/**
 * The published means beside ours, one value for each of our networks. The published ones are of a single network, so that
 * one of ours alone has nothing to be judged by. mult with one sample a class depends on the very network and is left out.
 */
export function comparedCells(
  { dataset }: Group,
  results: readonly Result[],
  { sizes, datasets }: PublishedToy,
): ComparedCell[] {
  const published = datasets[dataset];
  const table = `${dataset}, as published`;
  const cell = (
    where: { row: string; column: string },
    mean: number | undefined,
    own: readonly Spread[],
  ): ComparedCell[] =>
    judged(
      { table, ...where },
      mean,
      own.map((spread) => spread.mean),
    );
  const [least = 0] = sizesOf(results);
  const learnt = spreadsOf(results, 'train', null, least);
  const before = cell({ row: scenarioName('train'), column: 'intact' }, published.intact, learnt);
  const after = scenariosOf(results).flatMap((scenario) =>
    sizesOf(results)
      .filter((size) => !(dataset === 'mult' && size === 1))
      .flatMap((size) => {
        const at = (curve: Curve | undefined): number | undefined => curve?.[sizes.indexOf(size)]?.[0];
        const rows = scenario === 'train' ? published.train : published.tests[scenario];
        const row = `${scenarioName(scenario)}, ${size} a class`;
        return [
          ...(scenario === 'train'
            ? []
            : cell(
                { row, column: 'intact' },
                at(published.tests[scenario]?.intact),
                spreadsOf(results, scenario, null, size),
              )),
          ...toyCriteria.flatMap((name) =>
            cell({ row, column: name }, at(rows?.[name]), spreadsOf(results, scenario, name, size)),
          ),
        ];
      }),
  );
  return [...before, ...after];
}

function judged(
  place: CellPlace,
  mean: number | null | undefined,
  values: readonly number[],
  least = leastBand,
): ComparedCell[] {
  if (mean == null || values.length === 0) return [];
  const { std } = compare(place, null, values);
  const band = std === null ? {} : { band: Math.max(least, deviations * std) };
  return [compare(place, { mean, std: null, trials: 1, ...band }, values)];
}

const agreementStatistics = ['spearman', 'kendalltau', 'first-1000', 'last-1000'] as const;

/** How far rankings of different seeds agree (case 1), as published; a value for each network whose rankings were compared. */
export function agreementCells(
  { dataset }: Group,
  ranks: readonly RankTables[],
  { sizes, datasets }: PublishedToy,
): ComparedCell[] {
  const { agreement } = datasets[dataset];
  const valuesOf = (criterion: string, size: number, statistic: string): number[] =>
    ranks.flatMap(({ units, rows }) => {
      const row = rows.find((own) => own.case === 1 && own.a.criterion === criterion && own.a.perClass === size);
      return row === undefined ? [] : [row.cell[statisticsOf(units).indexOf(statistic)]!.mean];
    });
  return Object.entries(agreement).flatMap(([criterion, published]) =>
    sizes.flatMap((size, i) =>
      agreementStatistics.flatMap((statistic) => {
        const row = `${criterion}, ${size} a class`;
        const place = { table: `${dataset}, as published: rankings of different seeds`, row, column: statistic };
        return judged(place, published[statistic][i], valuesOf(criterion, size, statistic), leastBand / 100);
      }),
    ),
  );
}

/** The published numbers as findings are looked for in them. */
export function publishedTable(dataset: ToyName, { sizes, datasets }: PublishedToy): TrainTable {
  const { intact, train, agreement } = datasets[dataset];
  return {
    dataset,
    intact,
    sizes,
    at: (criterion, size) => {
      const found = train[criterion][sizes.indexOf(size)] ?? null;
      return found && { mean: found[0], std: found[1] };
    },
    agreement: (criterion, size) => {
      const [first, last] = (['first-1000', 'last-1000'] as const).map(
        (name) => agreement[criterion]?.[name][sizes.indexOf(size)],
      );
      return first == null || last == null ? null : { first, last };
    },
  };
}
