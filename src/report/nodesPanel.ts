import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { type ChangeScale, changeScale, formatPower } from './changeScale.js';
import { ink, nodeClasses } from './palette.js';
import { printable } from './svg.js';
import { formatNumber } from './text.js';

/** One point of the plot. */
export interface PlottedNode {
  readonly layer: string;
  readonly node: number;
  readonly change: number;
  readonly class: 'zero' | 'worse' | 'important';
}

/** What stands around the nodes of a plot. */
export interface NodesPlotOptions {
  readonly title: string;
  /** A line below the title. */
  readonly subtitle?: string;
  /** Changes from `low` to `high` are classed as zero: drawn as a band. */
  readonly tolerances: { readonly low: number; readonly high: number };
  /** Unit of the change, e.g. `nats`. */
  readonly unit: string;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Ranked extends PlottedNode {
  readonly rank: number;
}

/** A panel of SVG for each layer, all with the same scale of changes. */
export function createPanels(
  layers: ReadonlyMap<string, readonly PlottedNode[]>,
  options: NodesPlotOptions,
  size: Size,
): string[] {
  const changes = [...layers.values()].flatMap((nodes) => nodes.map(({ change }) => change));
  const scale = changeScale(changes, options.tolerances);
  return [...layers].map(([layer, nodes]) => panel(layer, rankNodes(nodes), scale, { ...options, ...size }));
}

/** Equal changes stay in the order of the nodes, so that the picture does not depend on anything else. */
function rankNodes(nodes: readonly PlottedNode[]): Ranked[] {
  return [...nodes].sort((a, b) => a.change - b.change || a.node - b.node).map((node, rank) => ({ ...node, rank }));
}

function panel(layer: string, nodes: readonly Ranked[], scale: ChangeScale, options: NodesPlotOptions & Size): string {
  const { document } = parseHTML('<html></html>');
  const { width, height, unit } = options;
  const plot = Plot.plot({
    document,
    width,
    height,
    marginTop: 56,
    marginLeft: 58,
    marginRight: 12,
    marginBottom: 30,
    x: { axis: null, domain: [-0.75, Math.max(nodes.length, 4) - 0.25] },
    y: { axis: null, type: 'symlog', constant: scale.constant, domain: scale.domain },
    color: { domain: nodeClasses.map((row) => row.class), range: nodeClasses.map(({ colour }) => colour) },
    marks: [...backdrop(scale, options), ...labels(layer, nodes, unit), ...points(nodes, options)],
  });
  return standalone(plot);
}

function backdrop({ ticks }: ChangeScale, { tolerances }: NodesPlotOptions): Plot.Markish[] {
  return [
    Plot.rect([tolerances], { y1: 'low', y2: 'high', fill: ink.band }),
    Plot.ruleY(ticks, { stroke: ink.grid }),
    Plot.ruleY([0], { stroke: ink.line }),
    Plot.axisY(ticks, { tickFormat: formatPower, tickSize: 0, label: null, fill: ink.soft }),
  ];
}

const heading = {
  dx: -50,
  dy: -40,
  fontSize: 14,
  fontWeight: 'bold',
  lineWidth: 24,
  textOverflow: 'ellipsis',
} as const;

function labels(layer: string, nodes: readonly Ranked[], unit: string): Plot.Markish[] {
  const count = `${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}`;
  const corner = { frameAnchor: 'top-left', textAnchor: 'start', fill: ink.text } as const;
  return [
    Plot.text([printable(layer)], { ...corner, ...heading }),
    Plot.text([`change of loss (${unit})`], { ...corner, dx: -50, dy: -20, fill: ink.soft }),
    Plot.text([`${count}, sorted by change`], { frameAnchor: 'bottom', dy: 20, fill: ink.soft }),
  ];
}

const says = ({ node, change }: Ranked, unit: string): string =>
  `node ${node}: ${formatNumber(change).replace('-', '\u2212')} ${unit}`;

/** A stem and a dot a node; the two ends of the order are named. */
function points(nodes: readonly Ranked[], { width, unit }: NodesPlotOptions & Size): Plot.Markish[] {
  const share = (width - 70) / Math.max(nodes.length, 4);
  const r = Math.min(4, Math.max(1.2, 0.45 * share));
  const at = { x: 'rank', y: 'change' } as const;
  const name = {
    ...at,
    text: ({ node }: Ranked) => `node ${node}`,
    fill: ink.text,
    stroke: ink.background,
    strokeWidth: 3,
  };
  return [
    Plot.ruleX(nodes, {
      x: 'rank',
      y1: () => 0,
      y2: 'change',
      stroke: 'class',
      strokeWidth: Math.min(1.5, 0.4 * share),
      strokeOpacity: 0.5,
    }),
    Plot.dot(nodes, { ...at, fill: 'class', r, title: (node: Ranked) => says(node, unit) }),
    Plot.text(nodes.slice(0, 1), { ...name, textAnchor: 'start', dx: -r, dy: r + 9 }),
    Plot.text(nodes.slice(1).slice(-1), { ...name, textAnchor: 'end', dx: r, dy: -r - 9 }),
  ];
}

/**
 * The markup without what Plot adds for web pages: the figure around the panels says what is needed. Coordinates to a
 * hundredth of a pixel are enough, and the same on every machine.
 */
function standalone(plot: ReturnType<typeof Plot.plot>): string {
  plot.querySelector('style')?.remove();
  for (const attribute of ['class', 'fill', 'font-family', 'font-size']) plot.removeAttribute(attribute);
  const rounded = (attribute: string): string =>
    attribute.replace(/\d+\.\d+/g, (number) => String(Number(Number(number).toFixed(2))));
  return plot.outerHTML.replace(/="[^"]*"/g, rounded);
}
