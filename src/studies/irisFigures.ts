import {
  type Line,
  plotGraphs,
  plotLines,
  plotScatter,
  plotScatterMatrix,
  type ScatterPanel,
} from '../report/index.js';
import type { StudyFile } from './study.js';

const features = ['sepal length (cm)', 'sepal width (cm)', 'petal length (cm)', 'petal width (cm)'] as const;
const classNames = ['setosa', 'versicolor'] as const;

/** Each feature against the next one, as published. */
export function flowersPlot(rows: readonly (readonly number[])[], labels: readonly number[]): StudyFile {
  const panels = features.map((name, i): ScatterPanel => {
    const next = (i + 1) % features.length;
    const groups = classNames.map((name, label) => ({
      name,
      points: rows.filter((_, row) => labels[row] === label).map((row) => ({ x: row[i]!, y: row[next]! })),
    }));
    return { x: { label: name }, y: { label: features[next]! }, groups };
  });
  const subtitles = [`${rows.length} flowers`];
  return { name: 'flowers.svg', content: plotScatter(panels, { title: 'Two classes of Iris', subtitles }) };
}

/** Each feature against every other one. */
export function flowersMatrix(rows: readonly (readonly number[])[], labels: readonly number[]): StudyFile {
  const table = { columns: features, rows, classes: labels.map((label) => classNames[label]!) };
  const subtitles = [`${rows.length} flowers`];
  return {
    name: 'flowers-matrix.svg',
    content: plotScatterMatrix(table, { title: 'All pairs of measures', subtitles }),
  };
}

/** What is drawn of one network. */
export interface DrawnNetwork {
  readonly seed: number;
  readonly losses: readonly number[];
  /** By threshold. */
  readonly precisions: readonly number[];
  readonly zeros: readonly number[];
  readonly thresholdAt: (i: number) => number;
  readonly cutoff: number | null;
  /** By layer, the weights from each node below to each node above. */
  readonly kernels: readonly (readonly (readonly number[])[])[];
  /** How many of the kernels are cut, from the first on, and how many weights they have. */
  readonly cut: { readonly kernels: number; readonly weights: number };
}

/** Loss while learning, what every threshold takes, and the network before and after the cutoff. */
export function networkFigures(network: DrawnNetwork): StudyFile[] {
  const { losses, precisions, zeros, cutoff, cut } = network;
  const subtitles = [subtitleOf(network)];
  const marks = cutoff === null ? [] : [{ x: cutoff, says: `cutoff ${cutoff.toFixed(3)}` }];
  const curve = (name: string, values: readonly number[]): Line[] => [
    { name, points: values.map((y, i) => ({ x: network.thresholdAt(i), y })) },
  ];
  const x = { label: 'threshold' };
  const losing = [{ name: 'loss', points: losses.map((y, i) => ({ x: i + 1, y })) }];
  return [
    {
      name: 'loss.svg',
      content: plotLines(losing, {
        title: 'Training loss',
        subtitles,
        x: { label: 'epoch' },
        y: { label: 'cross-entropy (nats)' },
      }),
    },
    {
      name: 'precision-threshold.svg',
      content: plotLines(curve('average precision', precisions), {
        title: 'Average precision against threshold',
        subtitles,
        marks,
        x,
        y: { label: 'average precision' },
      }),
    },
    {
      name: 'zeros-threshold.svg',
      content: plotLines(curve('weights gone', zeros), {
        title: 'Weights gone against threshold',
        subtitles,
        marks,
        x,
        y: { label: `of ${cut.weights} weights` },
      }),
    },
    ...graphFile(network),
  ];
}

const subtitleOf = ({ seed }: DrawnNetwork): string => `4-5-3-1 on two classes of Iris, seed ${seed}`;

/** The network as a graph: before, and where it fell. */
function graphFile(network: DrawnNetwork): StudyFile[] {
  const { kernels, cutoff, cut } = network;
  if (kernels.length === 0 || cutoff === null) return [];
  const after = kernels.map((kernel, l) =>
    l < cut.kernels ? kernel.map((row) => row.map((weight) => (Math.abs(weight) < cutoff ? 0 : weight))) : kernel,
  );
  const graphs = [
    { name: 'trained', kernels },
    { name: `weights under ${cutoff.toFixed(3)} set to 0, those of the last layer kept`, kernels: after },
  ];
  const content = plotGraphs(graphs, { title: 'The network as a graph', subtitles: [subtitleOf(network)] });
  return [{ name: 'network.svg', content }];
}
