import {
  type AblationEvent,
  type AblationTable,
  type BaselineEvent,
  type ClassEvaluation,
  describe,
  formatDuration,
  formatIndices,
  formatNumber,
  formatPercent,
  formatTable,
  type LayerEvent,
  type NodeClass,
  type NodeEvent,
} from '../index.js';
import type { Colours } from './colour.js';
import type { Context } from './context.js';
import type { Presenter } from './output.js';

/** How many of the most important nodes of a layer are named. */
const named = 5;
/** And of those of a single class. */
const namedByClass = 3;

/** A run for people: a table a layer, as soon as the layer is final, and one of all layers at the end. */
export function ablationText(title: string, colours: Colours): Presenter<AblationEvent, AblationTable> {
  let nodes: NodeEvent[] = [];
  let intact: BaselineEvent['perClass'];
  return {
    event: (event) => {
      if (event.type === 'baseline') {
        intact = event.perClass;
        return baselineText(title, event, colours);
      }
      if (event.type === 'node') nodes.push(event);
      if (event.type !== 'layer') return '';
      const ofLayer = (node: NodeEvent): boolean => node.layer === event.layer;
      const own = nodes.filter(ofLayer);
      const text = `${layerText(event, own, colours)}${intact ? classesText(intact, own) : ''}`;
      nodes = nodes.filter((node) => !ofLayer(node));
      return text;
    },
    result: (table) => summaryText(table),
  };
}

function baselineText(title: string, event: BaselineEvent, colours: Colours): string {
  const { samples, loss, lossName, accuracy, cut, engine, adaptive } = event;
  const right = accuracy === null ? '' : `, accuracy ${formatPercent(accuracy)}`;
  const intact = `intact: ${lossName} ${formatNumber(loss)}${right}, ${samples} samples`;
  const how = adaptive ? `, classes at ${formatPercent(adaptive.confidence)} confidence` : '';
  return `${colours.bold(title)}\n${intact}; nodes cut at ${cut}, engine ${engine}${how}\n`;
}

const paints: Record<NodeClass, (colours: Colours) => (text: string) => string> = {
  zero: (colours) => colours.dim,
  worse: (colours) => colours.red,
  important: (colours) => colours.blue,
};

function layerText({ layer, ...counts }: LayerEvent, nodes: readonly NodeEvent[], colours: Colours): string {
  const columns = [{ header: 'class' }, { header: 'nodes', align: 'right' }, { header: 'which' }] as const;
  const rows = (['zero', 'worse', 'important'] as const).map((name) => {
    const ofClass = nodes.filter((node) => node.class === name).map(({ node }) => node);
    const which = formatIndices(ofClass.sort((a, b) => a - b));
    return [paints[name](colours)(name), counts[name], which];
  });
  const most = nodes.toSorted((a, b) => a.change - b.change).slice(0, named);
  const list = most.map((node) => `${node.node} (${changeText(node)})`).join(', ');
  return `\n${colours.bold(layer)}\n${formatTable(columns, rows)}most important by change: ${list}\n`;
}

/** Of each class the nodes that its samples miss most. */
function classesText(intact: readonly ClassEvaluation[], nodes: readonly NodeEvent[]): string {
  const columns = [
    { header: 'label', align: 'right' },
    { header: 'samples', align: 'right' },
    { header: 'accuracy', align: 'right' },
    { header: 'most important by change' },
  ] as const;
  const changeOf = ({ perClass }: NodeEvent, label: number): number => perClass?.[label]?.change ?? 0;
  const rows = intact.map(({ class: label, samples, accuracy }) => {
    const missed = nodes.filter((node) => changeOf(node, label) < 0);
    const most = missed.sort((a, b) => changeOf(a, label) - changeOf(b, label)).slice(0, namedByClass);
    const list = most.map((node) => `${node.node} (${formatNumber(changeOf(node, label))})`).join(', ');
    return [label, samples, accuracy === null ? '' : formatPercent(accuracy), list];
  });
  return formatTable(columns, rows);
}

/** An estimate stands with the half width of its interval. */
const changeText = ({ change, exact = true, low = change, high = change }: NodeEvent): string =>
  exact ? formatNumber(change) : `${formatNumber(change)} \u00b1 ${formatNumber((high - low) / 2)}`;

function summaryText({ layers, seconds, measured }: AblationTable): string {
  const numbers = ['nodes', 'zero', 'worse', 'important', 'min change', '50%', 'max change', 'most flips'];
  const columns = [{ header: 'layer' }, ...numbers.map((header) => ({ header, align: 'right' as const }))];
  const rows = layers.map(({ layer, nodes, indices }) => {
    const changes = describe(nodes.map(({ change }) => change));
    const spread = [changes.min, changes['50%'], changes.max].map((change) => formatNumber(change));
    const flips = nodes.flatMap((node) => node.flips ?? []);
    return [
      layer,
      nodes.length,
      indices.zero.length,
      indices.worse.length,
      indices.important.length,
      ...spread,
      flips.length > 0 ? Math.max(...flips) : '',
    ];
  });
  const count = layers.reduce((sum, { nodes }) => sum + nodes.length, 0);
  const exact = layers.reduce((sum, { nodes }) => sum + nodes.filter((node) => node.exact ?? true).length, 0);
  const part =
    measured === undefined ? '' : `, ${exact} of them exactly; ${formatPercent(measured)} of all samples measured`;
  return `\n${formatTable(columns, rows)}${count} nodes in ${formatDuration(seconds)}${part}\n`;
}

/** Shows on the terminal where a run is: its progress, and with `--partial` the estimate that came last. */
export function narrateProgress({ progress, note }: Context): (event: AblationEvent) => void {
  let estimate = '';
  return (event) => {
    if (event.type === 'baseline' && event.notice) note(`notice: ${event.notice}`);
    if (event.type === 'partial') {
      const error = event.standardError === null ? '' : ` \u00b1 ${formatNumber(event.standardError)}`;
      estimate = `  ${event.layer} ${event.node}: ${formatNumber(event.change)}${error}`;
    }
    if (event.type === 'estimate') estimate = `  ${event.layer} ${event.node}: ${formatNumber(event.change)}`;
    if (event.type === 'progress') {
      const { done, of, eta } = event;
      progress.show({ label: 'ablating', done, of, note: `${formatDuration(eta)} left${estimate}` });
    }
  };
}
