import { type Band, type ColourMap, plotBands, plotBoxes, plotRegions, type RegionsTile } from '../../report/index.js';
import type { StudyFile } from '../study.js';
import type { ToyCriterion } from './criteria.js';
import { testSets } from './grid.js';
import { formatLogLine, type LogLine } from './log.js';
import { percentOf } from './measure.js';
import {
  criteriaOf,
  type Done,
  type Group,
  nameOf,
  type Result,
  scenarioFile,
  scenarioName,
  scenariosOf,
  sizesOf,
  spreadsOf,
  together,
} from './results.js';
import { referenceSamples, type ToySamples, trainingSamples } from './samples.js';

/** Mean accuracy by number of samples, a curve each criterion, in a band of one standard deviation over the seeds. */
export function accuracyPlots(group: Group, results: readonly Result[]): StudyFile[] {
  const sizes = sizesOf(results);
  return scenariosOf(results).map((scenario) => {
    const band = (name: string, criterion: ToyCriterion | null): Band => ({
      name,
      baseline: criterion === null,
      values: sizes.map((size) => {
        const spread = together(spreadsOf(results, scenario, criterion, size));
        return spread && { mean: spread.mean / 100, spread: spread.std / 100 };
      }),
    });
    return {
      name: `accuracy-${nameOf(group)}-${scenarioFile(scenario)}.svg`,
      content: plotBands([...criteriaOf(results).map((name) => band(name, name)), band('before pruning', null)], {
        title: `Accuracy without a third of the units: ${group.dataset}`,
        subtitles: [`${group.variant}, ${scenarioName(scenario)}; bands: one standard deviation over seeds`],
        categories: sizes.map(String),
        x: { label: 'samples a class that units were scored on' },
        y: { label: 'accuracy', format: 'percent' },
        most: 1,
      }),
    };
  });
}

const boxed = ['lrp', 'taylor', 'grad'] as const;
const boxedSizes = [1, 5, 20, 100];

/** Accuracies of all runs on the training samples, at a few numbers of samples, with pruning by weights as a line. */
export function boxPlot(group: Group, results: readonly Result[]): StudyFile[] {
  const sizes = sizesOf(results).filter((size) => boxedSizes.includes(size));
  const valuesOf = (name: ToyCriterion, size: number): number[] =>
    results
      .filter((own) => own.scenario === 'train' && own.criterion === name && own.perClass === size)
      .flatMap(({ values }) => values.map((value) => value / 100));
  const series = boxed.map((name) => ({ name, values: sizes.map((size) => valuesOf(name, size)) }));
  if (!series.some(({ values }) => values.some(({ length }) => length > 0))) return [];
  const weight = together(sizes.flatMap((size) => spreadsOf(results, 'train', 'weight', size)));
  const content = plotBoxes(series, {
    title: `Accuracy without a third of the units: ${group.dataset}`,
    subtitles: [`${group.variant}, training samples, all runs`],
    categories: sizes.map(String),
    x: { label: 'samples a class that units were scored on' },
    y: { label: 'accuracy', format: 'percent' },
    marks: weight ? [{ y: weight.mean / 100, says: 'weight' }] : [],
  });
  return [{ name: `boxes-${nameOf(group)}.svg`, content }];
}

/** The published figure has this many samples a class. */
const drawnSize = 5;

/** Whose regions are drawn. */
export const drawnOf = (sizes: readonly number[]): number => (sizes.includes(drawnSize) ? drawnSize : sizes[0]!);

/** One network before pruning, the samples of run 0, and the network after pruning by each criterion. */
export async function regionsPlot({ trial, outcome }: Done, colours: ColourMap): Promise<StudyFile> {
  const { dataset, variant, seed, files, drawn, criteria } = trial;
  const perClass = drawnOf(drawn);
  const train = await trainingSamples(dataset, files);
  const options = { window: outcome.window, colours };
  const intact = digitsOf(outcome.intactRegions);
  const before = percentOf(outcome.intact.train, outcome.samples.train);
  const reference = referenceSamples(dataset, perClass, 0);
  const tiles: RegionsTile[] = [
    { title: `before: ${before.toFixed(2)} % of training`, cells: intact, points: train.x, labels: train.y },
    { title: 'units are scored on these', cells: intact, points: reference.x, labels: reference.y },
    ...criteria.map((criterion) => {
      const cells = digitsOf(regionsAt(outcome, criterion, perClass));
      const after = percentOf(trainAt(outcome, criterion, perClass), outcome.samples.train);
      return { title: `${criterion}: ${after.toFixed(2)} %`, cells, points: train.x, labels: train.y };
    }),
  ];
  const title = `Decision regions: ${dataset}`;
  const subtitles = [
    `${variant}, network ${seed}, run 0 with ${perClass} samples a class; a third of the units is gone`,
  ];
  const content = plotRegions(tiles, { ...options, title, subtitles });
  return { name: `regions-${nameOf(trial)}-${seed}.svg`, content };
}

/** For each criterion the four figures of a run, named as the lines of its log are. */
export async function runPlots({ trial, outcome }: Done, colours: ColourMap): Promise<StudyFile[]> {
  const { dataset, variant, files, drawn, criteria, sizes } = trial;
  const train = await trainingSamples(dataset, files);
  const draw = (line: LogLine, cells: ArrayLike<number>, shown: ToySamples): StudyFile => {
    const { stage, scenario, criterion, value } = line;
    const title = `${stage}, ${scenario}, ${criterion}: ${Number(value).toFixed(2)} %`;
    const tile = { title, cells, points: shown.x, labels: shown.y };
    const options = { window: outcome.window, colours, title: dataset, subtitles: [variant] };
    return { name: `${formatLogLine(line).split(' ')[0]}.svg`, content: plotRegions([tile], options) };
  };
  return drawn.flatMap((perClass) => {
    const at = sizes.indexOf(perClass);
    const test = testSets(trial)(perClass, 0)[0]!;
    return criteria.flatMap((criterion) => {
      const cell = outcome.cells.find((own) => own.criterion === criterion && own.perClass === perClass)!;
      const stages = [
        {
          stage: 'pre',
          train: outcome.intact.train,
          test: outcome.intact.tests[0]![at]![0]!,
          of: outcome.intactRegions,
        },
        { stage: 'post', train: cell.train[0]!, test: cell.tests[0]![0]!, of: regionsAt(outcome, criterion, perClass) },
      ] as const;
      return stages.flatMap(({ stage, of, ...right }) =>
        (
          [
            ['train', train],
            ['test', test],
          ] as const
        ).map(([scenario, shown]) => {
          const value = percentOf(right[scenario], shown.y.length);
          return draw({ dataset, criterion, perClass, seed: 0, scenario, stage, value }, digitsOf(of), shown);
        }),
      );
    });
  });
}

const regionsAt = ({ regions }: Done['outcome'], criterion: ToyCriterion, perClass: number): string =>
  regions.find((own) => own.criterion === criterion && own.perClass === perClass)?.classes ?? '';

const trainAt = ({ cells }: Done['outcome'], criterion: ToyCriterion, perClass: number): number =>
  cells.find((own) => own.criterion === criterion && own.perClass === perClass)?.train[0] ?? 0;

const digitsOf = (text: string): Uint8Array => Uint8Array.from(text, Number);
