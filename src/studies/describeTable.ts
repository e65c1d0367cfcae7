import { type Description, describe } from '../report/index.js';
import type { StudyTable } from './study.js';

/** A table as pandas prints `describe`: a row a statistic, a column each list of numbers. */
export function describeTable(
  name: string,
  title: string,
  columns: Readonly<Record<string, readonly number[]>>,
): StudyTable {
  const described = Object.values(columns).map(describe);
  const statistics = Object.keys(described[0] ?? {}) as (keyof Description)[];
  return {
    name,
    title,
    headers: ['', ...Object.keys(columns)],
    rows: statistics.map((statistic) => [statistic, ...described.map((column) => column[statistic])]),
  };
}
