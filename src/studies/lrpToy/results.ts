import type { DoneTrial } from '../study.js';
import { type ToyCriterion, toyCriteria } from './criteria.js';
import type { Outcome, Trial } from './grid.js';
import type { LogLine } from './log.js';
import { percentOf } from './measure.js';
import type { Variant } from './network.js';
import type { ToyName } from './samples.js';

/** Networks that are looked at together: those of a variant on a dataset, or those of a log. */
export interface Group {
  readonly dataset: ToyName;
  readonly variant: Variant | 'log';
}

/** Accuracies of the runs of one network, in percent, by seed. */
export interface Result extends Group {
  /** Which network of its group. */
  readonly network: number;
  /** `train`, or the test with noise of this sigma. */
  readonly scenario: 'train' | number;
  /** Null for the network as it was trained. */
  readonly criterion: ToyCriterion | null;
  readonly perClass: number;
  readonly values: readonly number[];
}

export type Done = DoneTrial<Trial, Outcome>;

/** What the runs of a trained network have shown. */
export function resultsOf({ trial, outcome }: Done): Result[] {
  const { dataset, variant, seed: network, sizes, noise, seeds } = trial;
  const { samples, intact, cells } = outcome;
  const group = { dataset, variant, network };
  const test = (right: readonly number[], k: number, perClass: number): number[] =>
    right.map((count) => percentOf(count, samples.tests[k]![sizes.indexOf(perClass)]!));
  const train = (right: readonly number[]): number[] => right.map((count) => percentOf(count, samples.train));
  const before = sizes.flatMap((perClass, i): Result[] => [
    { ...group, criterion: null, perClass, scenario: 'train', values: train(Array(seeds).fill(intact.train)) },
    ...noise.map((sigma, k): Result => {
      return { ...group, criterion: null, perClass, scenario: sigma, values: test(intact.tests[k]![i]!, k, perClass) };
    }),
  ]);
  const after = cells.flatMap(({ criterion, perClass, train: right, tests }): Result[] => [
    { ...group, criterion, perClass, scenario: 'train', values: train(right) },
    ...noise.map((sigma, k): Result => {
      return { ...group, criterion, perClass, scenario: sigma, values: test(tests[k]!, k, perClass) };
    }),
  ]);
  return [...before, ...after];
}

/** What a log has shown. `sigma` is nowhere in it; what it says before pruning it says once for each criterion. */
export function resultsOfLog(lines: readonly LogLine[], sigma: number): Result[] {
  const found = new Map<string, Result & { readonly values: number[] }>();
  const seen = new Set<string>();
  for (const { dataset, criterion: named, perClass, seed, scenario: written, stage, value } of lines) {
    if (written === 'rankselection' || typeof value !== 'number') continue;
    const criterion = stage === 'pre' ? null : named;
    const scenario = written === 'train' ? 'train' : sigma;
    const key = [dataset, criterion, perClass, scenario].join();
    const once = `${key} ${seed}`;
    if (criterion === null && seen.has(once)) continue;
    seen.add(once);
    const fresh = { dataset, variant: 'log', network: 0, criterion, perClass, scenario, values: [] } as const;
    const known = found.get(key) ?? { ...fresh, values: [] as number[] };
    found.set(key, known);
    known.values.push(value);
  }
  return [...found.values()];
}

/** Results by group, groups in the order in which they first came. */
export function grouped(results: readonly Result[]): { readonly group: Group; readonly results: readonly Result[] }[] {
  const groups = new Map<string, Result[]>();
  for (const result of results) {
    const key = nameOf(result);
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  return [...groups.values()].map((own) => ({ group: own[0]!, results: own }));
}

/** `moon-as-published` */
export const nameOf = ({ dataset, variant }: Group): string => `${dataset}-${variant}`;

/** Mean and standard deviation (of the population, as published) of numbers; null of none. */
export interface Spread {
  readonly mean: number;
  readonly std: number;
}

export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, std: Math.sqrt(square) };
}

/** What is known of some runs, one spread for each network: over its seeds. */
export function spreadsOf(
  results: readonly Result[],
  scenario: Result['scenario'],
  criterion: ToyCriterion | null,
  perClass: number,
): Spread[] {
  return results
    .filter((own) => own.scenario === scenario && own.criterion === criterion && own.perClass === perClass)
    .map(({ values }) => spreadOf(values)!);
}

/** The mean over networks, of means and of spreads over seeds. */
export function together(spreads: readonly Spread[]): Spread | null {
  const mean = spreadOf(spreads.map((spread) => spread.mean));
  const std = spreadOf(spreads.map((spread) => spread.std));
  return mean && std && { mean: mean.mean, std: std.mean };
}

export const sizesOf = (results: readonly Result[]): number[] =>
  [...new Set(results.map(({ perClass }) => perClass))].sort((a, b) => a - b);

export const scenariosOf = (results: readonly Result[]): Result['scenario'][] => [
  ...new Set(results.map(({ scenario }) => scenario)),
];

export const criteriaOf = (results: readonly Result[]): ToyCriterion[] =>
  toyCriteria.filter((name) => results.some(({ criterion }) => criterion === name));

/** What readers call a scenario. */
export const scenarioName = (scenario: Result['scenario']): string =>
  scenario === 'train' ? 'training samples' : scenario === 0 ? 'test samples' : `test samples, noise ${scenario}`;

/** The same in names of files. */
export const scenarioFile = (scenario: Result['scenario']): string =>
  scenario === 'train' ? 'train' : scenario === 0 ? 'test' : `test-noise-${scenario}`;
