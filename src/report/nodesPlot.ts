import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import { figureWidth } from './frame.js';
import { header, type Keyed, margin, wrapped } from './header.js';
import type { NodesPlotOptions, PlottedNode } from './nodesPanel.js';
import { nodeClasses } from './palette.js';
import { svgDocument, svgElement } from './svg.js';

const panel = { width: figureWidth - 2 * margin, height: 260 } as const;
const gap = 12;

/**
 * The nodes of each layer by change, coloured by class, as one standalone SVG: a panel a layer, sorted from the most
 * important node on the left to the most harmful on the right, all on one scale. The same rows give the same bytes.
 *
 * @throws SecateurError ERR_ARGUMENT if there are no nodes.
 */
export async function plotNodes(nodes: readonly PlottedNode[], options: NodesPlotOptions): Promise<string> {
  expectArguments({ nodes, options });
  expectArguments({ tolerances: options.tolerances });
  if (nodes.length === 0) throw new SecateurError('ERR_ARGUMENT', 'nodes: expected at least one but received none');
  const { createPanels } = await import('./nodesPanel.js');
  const layers = byLayer(nodes);
  const { title, subtitle = '' } = options;
  const head = header({ title, subtitles: wrapped(subtitle, figureWidth), keys: keysOf(nodes), width: figureWidth });
  const top = head.height + gap;
  const panels = createPanels(layers, options, panel).map((markup, i) =>
    svgElement('g', { transform: `translate(${margin},${top + i * (panel.height + gap)})` }, markup),
  );
  const height = top + layers.size * (panel.height + gap);
  return svgDocument({ width: figureWidth, height }, [...head.markup, ...panels], title);
}

function byLayer(nodes: readonly PlottedNode[]): ReadonlyMap<string, readonly PlottedNode[]> {
  const layers = new Map<string, PlottedNode[]>(nodes.map(({ layer }) => [layer, []]));
  for (const node of nodes) layers.get(node.layer)?.push(node);
  return layers;
}

/** How many nodes each class has. */
const keysOf = (nodes: readonly Pick<PlottedNode, 'class'>[]): Keyed[] =>
  nodeClasses.map(({ class: name, colour, says }) => ({
    says: `${nodes.filter((node) => node.class === name).length} ${says}`,
    key: (x, y) => svgElement('circle', { cx: x + 14, cy: y, r: 5, fill: colour }),
  }));
