import {
  ablateCumulative,
  ablateGroups,
  type BaselineEvent,
  type CumulativeEvent,
  type CumulativeTable,
  formatCsv,
  formatDuration,
  formatIndices,
  formatNumber,
  formatPercent,
  formatTable,
  type GroupsEvent,
  type GroupsTable,
  type NodeGroup,
  tabulateCumulative,
  tabulateGroups,
  type Without,
} from '../index.js';
import type { Colours } from './colour.js';
import type { Context } from './context.js';
import { readGroups, readOrder } from './options/nodes.js';
import { measureOptions, type SetsFlags, type Subject } from './options/sets.js';
import { openOutput, watch } from './output.js';
import { narratePoints } from './progressText.js';

/** `ablate --groups`: what each group is worth. */
export async function runGroups(
  context: Context,
  flags: SetsFlags & { readonly groups: string },
  { network, data, title }: Subject,
): Promise<void> {
  const groups = await readGroups(flags.groups, network);
  const output = await openOutput<GroupsEvent, GroupsTable>(context, flags, {
    text: (colours) => ({ result: (table) => groupsText(`Groups of nodes of ${title}`, { groups, table }, colours) }),
    csv: () => ({ result: (table) => groupsCsv(groups, table) }),
  });
  const run = ablateGroups(network, data, groups, measureOptions(context, flags));
  await output.finish(await tabulateGroups(watch(run, narratePoints(context, 'ablating groups'), output)));
}

/** `ablate --cumulative`: node after node removed. */
export async function runCumulative(
  context: Context,
  flags: SetsFlags & { readonly cumulative: string },
  { network, data, title }: Subject,
): Promise<void> {
  const { layers } = flags;
  const order = await readOrder(flags.cumulative, { network, data, ...(layers && { layers }) });
  const output = await openOutput<CumulativeEvent, CumulativeTable>(context, flags, {
    text: (colours) => ({ result: (table) => removalsText(`Removals from ${title}`, table, colours) }),
    csv: () => ({ result: removalsCsv }),
  });
  const run = ablateCumulative(network, data, order, measureOptions(context, flags));
  await output.finish(await tabulateCumulative(watch(run, narratePoints(context, 'removing nodes'), output)));
}

/** The numbers of a set, as every table shows them. */
const numberColumns = ['loss', 'change', 'accuracy', 'flips'].map((header) => ({ header, align: 'right' as const }));
const numbersOf = ({ loss, change, accuracy, flips }: Without): (string | number)[] => [
  formatNumber(loss),
  formatNumber(change),
  accuracy === null ? '' : formatPercent(accuracy),
  flips ?? '',
];

type Intact = Omit<BaselineEvent, 'type' | 'schemaVersion'>;

const headText = (title: string, { lossName, loss, accuracy, samples, cut }: Intact, colours: Colours): string => {
  const right = accuracy === null ? '' : `, accuracy ${formatPercent(accuracy)}`;
  const intact = `intact: ${lossName} ${formatNumber(loss)}${right}, ${samples} samples`;
  return `${colours.bold(title)}\n${intact}; nodes cut at ${cut}\n`;
};

/** How many groups are shown at either end. */
const shown = 8;

const nodesText = (group: NodeGroup): string =>
  group.map(({ layer, nodes }) => `${layer} ${formatIndices([...nodes])}`).join('; ');

function groupsText(
  title: string,
  { groups, table }: { readonly groups: readonly NodeGroup[]; readonly table: GroupsTable },
  colours: Colours,
): string {
  const columns = [{ header: 'group', align: 'right' as const }, ...numberColumns, { header: 'nodes' }];
  const rows = [...table.groups]
    .sort((a, b) => a.change - b.change)
    .map((row) => [row.group, ...numbersOf(row), nodesText(groups[row.group] ?? [])]);
  const most = rows.slice(0, shown);
  const least = rows.slice(most.length).slice(-shown);
  const end = (name: string, some: typeof rows) =>
    some.length === 0 ? '' : `\n${colours.bold(name)}\n${formatTable(columns, some)}`;
  const head = headText(title, table.baseline, colours);
  const tables = `${end('missed most', most)}${end('missed least', least)}`;
  return `${head}${tables}\n${rows.length} groups in ${formatDuration(table.seconds)}\n`;
}

/** How many removals are shown, evenly spread, the last one among them. */
const removalsShown = 16;

function removalsText(title: string, { baseline, removals, seconds }: CumulativeTable, colours: Colours): string {
  const columns = [{ header: 'removed', align: 'right' as const }, { header: 'last one' }, ...numberColumns];
  const steps = Math.min(removalsShown, removals.length);
  const rows = Array.from({ length: steps }, (_, i) => {
    const row = removals[Math.ceil(((i + 1) * removals.length) / steps) - 1]!;
    return [row.removed, `${row.layer} ${row.node}`, ...numbersOf(row)];
  });
  const head = headText(title, baseline, colours);
  return `${head}\n${formatTable(columns, rows)}${removals.length} removals in ${formatDuration(seconds)}\n`;
}

const groupsCsv = (groups: readonly NodeGroup[], { groups: rows }: GroupsTable): string =>
  formatCsv(
    ['group', 'loss', 'change', 'accuracy', 'flips', 'nodes'],
    rows.map(({ group, loss, change, accuracy, flips }) => [
      group,
      loss,
      change,
      accuracy,
      flips,
      nodesText(groups[group] ?? []),
    ]),
  );

const removalsCsv = ({ removals }: CumulativeTable): string =>
  formatCsv(
    ['removed', 'layer', 'node', 'loss', 'change', 'accuracy', 'flips'],
    removals.map(({ removed, layer, node, loss, change, accuracy, flips }) => [
      removed,
      layer,
      node,
      loss,
      change,
      accuracy,
      flips,
    ]),
  );
