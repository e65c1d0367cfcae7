import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import { figureWidth, hint, label, rounded } from './frame.js';
import { header, type Keyed, margin, wrapped } from './header.js';
import { ink } from './palette.js';
import type { ScatterPlotOptions } from './scatterPlot.js';
import { svgDocument, svgElement } from './svg.js';
import { formatNumber } from './text.js';

/** The weights of a network of dense layers, as a graph. */
export interface WeightGraph {
  readonly name: string;
  /** By layer, the weights from each node below to each node above: `kernels[l][from][to]`. */
  readonly kernels: readonly (readonly (readonly number[])[])[];
}

const signs = { positive: '#0072b2', negative: '#d55e00' } as const;
const widest = 9;
const radius = 13;
const panelHeight = 270;

/**
 * Networks of dense layers as graphs: nodes in columns, numbered from 1 on as they stand, edges as wide as their weights
 * are large, on one scale for all networks; a weight of 0 is no edge. A standalone SVG; the same numbers give the same bytes.
 *
 * @throws SecateurError ERR_ARGUMENT if there is no network, or one without weights.
 */
export function plotGraphs(graphs: readonly WeightGraph[], options: ScatterPlotOptions): string {
  expectArguments({ graphs, options });
  const { title, subtitles = [] } = options;
  const most = Math.max(...graphs.flatMap(({ kernels }) => kernels.flat(2).map(Math.abs)), 0);
  if (graphs.length === 0 || graphs.some(({ kernels }) => kernels.flat(2).length === 0)) {
    throw new SecateurError('ERR_ARGUMENT', 'graphs: expected at least one, each with weights');
  }
  const lines = subtitles.flatMap((line) => wrapped(line, figureWidth));
  const head = header({ title, subtitles: lines, keys: keysOf(most), width: figureWidth });
  const panels = graphs.flatMap((graph, i) => drawGraph(graph, head.height + 8 + i * panelHeight, most));
  const height = head.height + 8 + graphs.length * panelHeight;
  return svgDocument({ width: figureWidth, height }, [...head.markup, ...panels], title);
}

const keysOf = (most: number): Keyed[] =>
  Object.entries(signs).map(([name, stroke]) => ({
    says: `${name} weight, this wide at ${formatNumber(most, 2)}`,
    key: (x, y) => svgElement('line', { x1: x, x2: x + 24, y1: y, y2: y, stroke, 'stroke-width': widest }),
  }));

interface Place {
  readonly x: number;
  readonly y: number;
}

function drawGraph({ name, kernels }: WeightGraph, top: number, most: number): string[] {
  const widths = [...kernels.map((kernel) => kernel.length), kernels.at(-1)?.[0]?.length ?? 0];
  const columns = widths.map((width, column) => columnOf(width, column / (widths.length - 1), top));
  const edges = kernels.flatMap((kernel, l) =>
    kernel.flatMap((row, from) =>
      row.flatMap((weight, to) => {
        const says = `${numberOf(widths, l, from)} to ${numberOf(widths, l + 1, to)}: ${formatNumber(weight)}`;
        return weight === 0 ? [] : [edge(columns[l]![from]!, columns[l + 1]![to]!, weight / most, says)];
      }),
    ),
  );
  const nodes = columns.flatMap((column, l) => column.map((place, i) => node(place, numberOf(widths, l, i))));
  return [label(name, margin, top + 14, 'start', ink.text), ...edges, ...nodes];
}

/** Nodes are numbered column by column. */
const numberOf = (widths: readonly number[], column: number, i: number): number =>
  widths.slice(0, column).reduce((sum, width) => sum + width, 0) + i + 1;

function columnOf(width: number, across: number, top: number): Place[] {
  const x = rounded(margin + 60 + across * (figureWidth - 2 * margin - 120));
  const step = Math.min(52, (panelHeight - 40) / width);
  const middle = top + panelHeight / 2;
  return Array.from({ length: width }, (_, i) => ({ x, y: rounded(middle + (i - (width - 1) / 2) * step) }));
}

function edge(from: Place, to: Place, share: number, says: string): string {
  const places = { x1: from.x, y1: from.y, x2: to.x, y2: to.y };
  const stroke = share > 0 ? signs.positive : signs.negative;
  const width = Math.max(0.4, rounded(widest * Math.abs(share)));
  return svgElement('line', { ...places, stroke, 'stroke-width': width, 'stroke-opacity': 0.75 }, hint(says));
}

const node = ({ x, y }: Place, number: number): string =>
  svgElement('circle', { cx: x, cy: y, r: radius, fill: ink.background, stroke: ink.text, 'stroke-width': 1.5 }) +
  label(String(number), x, y + 4, 'middle', ink.text);
