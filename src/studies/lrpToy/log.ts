import { SecateurError } from '../../util/errors.js';
import { type ToyCriterion, toyCriteria } from './criteria.js';
import type { Ranking } from './pruning.js';
import { classesOf, type ToyName, toyNames } from './samples.js';

/** A line of the published log: an accuracy in percent, or all units, the least important first. */
export interface LogLine {
  readonly dataset: ToyName;
  readonly criterion: ToyCriterion;
  /** In the file it stands times the number of classes. */
  readonly perClass: number;
  readonly seed: number;
  readonly scenario: 'train' | 'test' | 'rankselection';
  readonly stage: 'pre' | 'post';
  readonly value: number | Ranking;
}

export function formatLogLine({ dataset, criterion, perClass, seed, scenario, stage, value }: LogLine): string {
  const samples = perClass * classesOf(dataset);
  const fields = `dataset:${dataset}-criterion:${criterion}-n:${samples}-s:${seed}-scenario:${scenario}-stage:${stage}`;
  return `${fields} ${typeof value === 'number' ? decimal(value) : `[${value.join(',')}]`}\n`;
}

/** The shortest decimal that restores the number, always with a point. */
const decimal = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : String(value));

const pattern =
  /^dataset:(\w+)-criterion:(\w+)-n:(\d+)-s:(\d+)-scenario:(train|test|rankselection)-stage:(pre|post) (\d+\.\d+|\[\d+(?:,\d+)*\])$/;

/**
 * The lines of a log; what it tells twice, since logs are appended to, counts once.
 *
 * @throws SecateurError ERR_DATA naming the line for one that is none, or that contradicts one before.
 */
export function parseLog(text: string, path: string): LogLine[] {
  const told = new Map<string, string>();
  let units: number | null = null;
  return text.split('\n').flatMap((line, i) => {
    const refused = (why: string): SecateurError => new SecateurError('ERR_DATA', `${path}: line ${i + 1} ${why}`);
    if (line === '') return [];
    const parsed = parseLine(line);
    if (parsed === null) throw refused(`is no line of a log of this study: ${JSON.stringify(line.slice(0, 80))}`);
    if (typeof parsed.value !== 'number') {
      units ??= parsed.value.length;
      if (parsed.value.length !== units) throw refused(`ranks ${parsed.value.length} units, lines before ${units}`);
    }
    const [run = '', value = ''] = line.split(' ');
    const known = told.get(run);
    if (known !== undefined && known !== value) throw refused(`contradicts a line before: ${run}`);
    told.set(run, value);
    return known === undefined ? [parsed] : [];
  });
}

const mostPercent = 100;

function parseLine(line: string): LogLine | null {
  const [, dataset, criterion, samples, seed, scenario, stage, value = ''] = pattern.exec(line) ?? [];
  const name = toyNames.find((known) => known === dataset);
  const scored = toyCriteria.find((known) => known === criterion);
  if (name === undefined || scored === undefined) return null;
  const perClass = Number(samples) / classesOf(name);
  const isRanking = value.startsWith('[');
  if (!Number.isInteger(perClass) || perClass === 0 || isRanking !== (scenario === 'rankselection')) return null;
  const read = isRanking ? rankingOf(value) : Number(value);
  if (read === null || (!isRanking && Number(value) > mostPercent)) return null;
  return {
    dataset: name,
    criterion: scored,
    perClass,
    seed: Number(seed),
    scenario: scenario as LogLine['scenario'],
    stage: stage as LogLine['stage'],
    value: read,
  };
}

/** A list that holds every unit once; null for another one. */
function rankingOf(text: string): Ranking | null {
  const units: number[] = JSON.parse(text);
  const known = new Set(units);
  const complete = known.size === units.length && units.every((unit) => unit < units.length);
  return complete && units.length <= 2 ** 16 ? Uint16Array.from(units) : null;
}
