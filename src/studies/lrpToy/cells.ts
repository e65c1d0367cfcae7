import { type CellPlace, type ComparedCell, compare } from '../compare.js';
import { toyCriteria } from './criteria.js';
import type { Curve, PublishedToy } from './published.js';
import { type Group, type Result, type Spread, scenarioName, scenariosOf, sizesOf, spreadsOf } from './results.js';

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

/** A published mean within three deviations of ours over networks, or `least` if that is more; none where either is missing. */
export function judged(
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
