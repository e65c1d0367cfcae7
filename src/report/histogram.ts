import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import { bentScale, changeScale } from './changeScale.js';
import {
  axisHeight,
  boxBelow,
  createFrame,
  drawAxes,
  type Frame,
  figureWidth,
  hint,
  linearScale,
  rounded,
} from './frame.js';
import { header, type Keyed, wrapped } from './header.js';
import type { NodesPlotOptions, PlottedNode } from './nodesPanel.js';
import { nodeClasses } from './palette.js';
import { svgDocument, svgElement } from './svg.js';
import { formatNumber } from './text.js';

const binsPerDecade = 3;

/** Labels of the axis, which must stay apart at 400 pixels. */
const mostTicks = 8;

type NodeClassName = PlottedNode['class'];

/** Nodes whose changes lie between two numbers. */
interface Bin {
  readonly class: NodeClassName;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/**
 * How many nodes have which change, coloured by class: one bar for the changes within the tolerances, then three for each
 * power of ten. A standalone SVG; the same numbers give the same bytes.
 *
 * @throws SecateurError ERR_ARGUMENT if no node has a finite change.
 */
export function plotChangeHistogram(nodes: readonly Pick<PlottedNode, 'change'>[], options: NodesPlotOptions): string {
  expectArguments({ nodes, options });
  const { title, subtitle = '', tolerances, unit } = options;
  expectArguments({ title, tolerances });
  const changes = nodes.map(({ change }) => change).filter(Number.isFinite);
  if (changes.length === 0)
    throw new SecateurError('ERR_ARGUMENT', 'nodes: expected at least one with a finite change');
  const scale = changeScale(changes, tolerances, mostTicks);
  const bins = binned(changes, tolerances, scale.constant);
  const keys = nodeClasses.map(({ class: name, colour, says }): Keyed => {
    const count = bins.reduce((sum, bin) => sum + (bin.class === name ? bin.count : 0), 0);
    return {
      says: `${count} ${says}`.replace(' (band)', ''),
      key: (x, y) => svgElement('rect', { x: x + 8, y: y - 5, width: 12, height: 10, fill: colour }),
    };
  });
  const head = header({ title, subtitles: wrapped(subtitle, figureWidth), keys, width: figureWidth });
  const most = Math.max(...bins.map(({ count }) => count));
  const counts = linearScale([0, most], Math.min(most, 5));
  const frame = createFrame(bentScale(scale), counts, boxBelow(head.height, 240));
  const axes = drawAxes(frame, { label: `change of loss (${unit})` }, { label: 'nodes' });
  const bars = bins.filter(({ count }) => count > 0).map((bin) => drawBar(bin, frame, unit));
  return svgDocument(
    { width: figureWidth, height: frame.bottom + axisHeight },
    [...head.markup, ...axes, ...bars],
    title,
  );
}

/** Bars of the important nodes, of the idle ones, of the harmful ones: none stands for two classes. */
function binned(changes: readonly number[], { low, high }: NodesPlotOptions['tolerances'], unit: number): Bin[] {
  const counts = new Map<number, number>();
  const placeOf = (change: number): number => {
    if (change >= low && change <= high) return 0;
    const [sign, end] = change < 0 ? [-1, -low || unit] : [1, high || unit];
    return sign * Math.max(1, Math.ceil(binsPerDecade * Math.log10(Math.abs(change) / end) - 1e-9));
  };
  for (const place of changes.map(placeOf)) counts.set(place, (counts.get(place) ?? 0) + 1);
  const edge = (steps: number, end: number): number => end * 10 ** (steps / binsPerDecade);
  return [...counts].map(([place, count]) => {
    if (place === 0) return { class: 'zero', low, high, count };
    const [inner, outer] = [Math.abs(place) - 1, Math.abs(place)];
    return place < 0
      ? { class: 'important', low: -edge(outer, -low || unit), high: -edge(inner, -low || unit), count }
      : { class: 'worse', low: edge(inner, high || unit), high: edge(outer, high || unit), count };
  });
}

function drawBar({ class: name, low, high, count }: Bin, frame: Frame, unit: string): string {
  const [x, right] = [frame.x(low), frame.x(high)];
  const y = frame.y(count);
  const fill = nodeClasses.find((row) => row.class === name)!.colour;
  const says = `${count} ${count === 1 ? 'node' : 'nodes'}: ${formatNumber(low)} to ${formatNumber(high)} ${unit}`;
  const size = { width: rounded(Math.max(1.5, right - x - 1)), height: rounded(frame.bottom - y) };
  return svgElement('rect', { x: rounded(x + 0.5), y, ...size, fill }, hint(says.replaceAll(/-(?=\d)/g, '\u2212')));
}
