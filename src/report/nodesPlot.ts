import { SecateurError } from '../util/errors.js';
import type { NodesPlotOptions, PlottedNode } from './nodesPanel.js';
import { ink, nodeClasses } from './palette.js';
import { escapeXml, svgDocument, svgElement } from './svg.js';

const margin = 24;
const headerHeight = 96;
const gap = 16;
const panelHeight = 300;
const panelWidths = [860, 480, 400] as const;

/**
 * The nodes of each layer by change, coloured by class, as one standalone SVG: a panel a layer, sorted from the most
 * important node on the left to the most harmful on the right, all on one scale. The same rows give the same bytes.
 *
 * @throws SecateurError ERR_ARGUMENT if there are no nodes.
 */
export async function plotNodes(nodes: readonly PlottedNode[], options: NodesPlotOptions): Promise<string> {
  if (nodes.length === 0) throw new SecateurError('ERR_ARGUMENT', 'nodes: expected at least one but received none');
  const { createPanels } = await import('./nodesPanel.js');
  const layers = byLayer(nodes);
  const columns = layers.size === 1 ? 1 : layers.size <= 4 ? 2 : 3;
  const panelWidth = panelWidths[columns - 1] ?? 0;
  const size = { width: panelWidth, height: panelHeight };
  const panels = createPanels(layers, options, size).map((panel, i) => {
    const x = margin + (i % columns) * (panelWidth + gap);
    const y = headerHeight + Math.floor(i / columns) * (panelHeight + gap);
    return svgElement('g', { transform: `translate(${x},${y})` }, panel);
  });
  const width = 2 * margin + columns * panelWidth + (columns - 1) * gap;
  const height = headerHeight + Math.ceil(layers.size / columns) * (panelHeight + gap);
  return svgDocument({ width, height }, [header(nodes, options), ...panels], options.title);
}

function byLayer(nodes: readonly PlottedNode[]): ReadonlyMap<string, readonly PlottedNode[]> {
  const layers = new Map<string, PlottedNode[]>(nodes.map(({ layer }) => [layer, []]));
  for (const node of nodes) layers.get(node.layer)?.push(node);
  return layers;
}

function header(nodes: readonly PlottedNode[], { title, subtitle = '' }: NodesPlotOptions): string {
  const lines = [
    svgElement('text', { x: margin, y: 34, 'font-size': 18, 'font-weight': 'bold' }, escapeXml(title)),
    svgElement('text', { x: margin, y: 54, fill: ink.soft }, escapeXml(subtitle)),
  ];
  return [...lines, ...legend(nodes)].join('\n');
}

function legend(nodes: readonly PlottedNode[]): string[] {
  return nodeClasses.map(({ class: name, colour, says }, i) => {
    const count = nodes.filter((node) => node.class === name).length;
    const x = margin + 6 + i * 275;
    const key = svgElement('circle', { cx: x, cy: 76, r: 5, fill: colour });
    return key + svgElement('text', { x: x + 12, y: 80 }, escapeXml(`${count} ${says}`));
  });
}
