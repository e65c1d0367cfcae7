import {
  type AblationEvent,
  type AblationTable,
  type BaselineEvent,
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

/** A run for people: a table a layer, as soon as the layer is final, and one of all layers at the end. */
export function ablationText(title: string, colours: Colours): Presenter<AblationEvent, AblationTable> {
  let nodes: NodeEvent[] = [];
  return {
    event: (event) => {
      if (event.type === 'baseline') return baselineText(title, event, colours);
      if (event.type === 'node') nodes.push(event);
      if (event.type !== 'layer') return '';
      const text = layerText(event, nodes, colours);
      nodes = [];
      return text;
    },
    result: (table) => summaryText(table),
  };
}

function baselineText(title: string, event: BaselineEvent, colours: Colours): string {
  const { samples, loss, lossName, accuracy, cut, engine } = event;
  const right = accuracy === null ? '' : `, accuracy ${formatPercent(accuracy)}`;
  const intact = `intact: ${lossName} ${formatNumber(loss)}${right}, ${samples} samples`;
  return `${colours.bold(title)}\n${intact}; nodes cut at ${cut}, engine ${engine}\n`;
}

const paints: Record<NodeClass, (colours: Colours) => (text: string) => string> = {
  zero: (colours) => colours.dim,
  worse: (colours) => colours.red,
  important: (colours) => colours.blue,
};

function layerText({ layer, ...counts }: LayerEvent, nodes: readonly NodeEvent[], colours: Colours): string {
  const columns = [{ header: 'class' }, { header: 'nodes', align: 'right' }, { header: 'which' }] as const;
  const rows = (['zero', 'worse', 'important'] as const).map((name) => {
    const which = formatIndices(nodes.filter((node) => node.class === name).map(({ node }) => node));
    return [paints[name](colours)(name), counts[name], which];
  });
  const most = [...nodes].sort((a, b) => a.change - b.change).slice(0, named);
  const list = most.map(({ node, change }) => `${node} (${formatNumber(change)})`).join(', ');
  return `\n${colours.bold(layer)}\n${formatTable(columns, rows)}most important by change: ${list}\n`;
}

function summaryText({ layers, seconds }: AblationTable): string {
  const numbers = ['nodes', 'zero', 'worse', 'important', 'min change', '50%', 'max change'];
  const columns = [{ header: 'layer' }, ...numbers.map((header) => ({ header, align: 'right' as const }))];
  const rows = layers.map(({ layer, nodes, indices }) => {
    const changes = describe(nodes.map(({ change }) => change));
    const spread = [changes.min, changes['50%'], changes.max].map((change) => formatNumber(change));
    return [layer, nodes.length, indices.zero.length, indices.worse.length, indices.important.length, ...spread];
  });
  const count = layers.reduce((sum, { nodes }) => sum + nodes.length, 0);
  return `\n${formatTable(columns, rows)}${count} nodes in ${formatDuration(seconds)}\n`;
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
    if (event.type === 'progress') {
      const { done, of, eta } = event;
      progress.show({ label: 'ablating', done, of, note: `${formatDuration(eta)} left${estimate}` });
    }
  };
}
