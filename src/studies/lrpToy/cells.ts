import { type ComparedCell, compare } from '../compare.js';
import { type ToyCriterion, toyCriteria } from './criteria.js';
import type { TrainTable } from './findings.js';
import { type Group, type Result, type Spread, scenarioName, scenariosOf, sizesOf, spreadsOf } from './results.js';
import type { ToyName } from './samples.js';

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
  ): ComparedCell[] => {
    if (mean === undefined || own.length === 0) return [];
    const values = own.map((spread) => spread.mean);
    const place = { table, ...where };
    const { std } = compare(place, null, values);
    const band = std === null ? {} : { band: Math.max(leastBand, deviations * std) };
    return [compare(place, { mean, std: null, trials: 1, ...band }, values)];
  };
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
