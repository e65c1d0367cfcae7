import {
  ablatePairs,
  formatCsv,
  formatDuration,
  formatNumber,
  formatTable,
  type PairsEvent,
  type PairsTable,
  SecateurError,
  tabulatePairs,
} from '../index.js';
import type { Colours } from './colour.js';
import type { Context } from './context.js';
import { measureOptions, type SetsFlags, type Subject } from './options/sets.js';
import { openOutput, watch } from './output.js';
import { narratePoints } from './progressText.js';

interface PairsFlags extends SetsFlags {
  readonly nodes?: number[];
}

/** `ablate --pairs`. @throws SecateurError ERR_ARGUMENT unless one layer is named. */
export async function runPairs(context: Context, flags: PairsFlags, { network, data, title }: Subject): Promise<void> {
  const { layers = [], nodes } = flags;
  const [layer, ...others] = layers;
  if (layer === undefined || others.length > 0) {
    throw new SecateurError('ERR_ARGUMENT', `--pairs takes the nodes of one layer, not of ${layers.length}`, {
      hint: 'name it with --layers NAME',
    });
  }
  const output = await openOutput<PairsEvent, PairsTable>(context, flags, {
    text: (colours) => ({ result: (table) => pairsText(title, table, colours) }),
    csv: () => ({ result: asCsv }),
  });
  const options = { ...measureOptions(context, flags), ...(nodes && { nodes }), layer };
  const run = ablatePairs(network, data, options);
  await output.finish(await tabulatePairs(watch(run, narratePoints(context, 'ablating pairs'), output)));
}

/** How many pairs are shown at either end. */
const shown = 8;

function pairsText(title: string, { baseline, layer, nodes, pairs, seconds }: PairsTable, colours: Colours): string {
  const change = new Map(nodes.map((single) => [single.node, single.change]));
  const headers = ['nodes', 'change of one', 'of the other', 'of both', 'interaction'];
  const columns = headers.map((header) => ({ header, align: 'right' as const }));
  const row = ({ nodes: [one, other], change: both, interaction }: PairsTable['pairs'][number]) => [
    `${one}, ${other}`,
    ...[change.get(one) ?? Number.NaN, change.get(other) ?? Number.NaN, both, interaction].map((x) => formatNumber(x)),
  ];
  const rising = [...pairs].sort((a, b) => a.interaction - b.interaction);
  const ends = [
    ['stand in for each other (interaction below 0)', rising.filter(({ interaction }) => interaction < 0)],
    ['need each other (interaction above 0)', rising.filter(({ interaction }) => interaction > 0).reverse()],
  ] as const;
  const tables = ends.map(
    ([what, which]) => `\n${colours.bold(what)}\n${formatTable(columns, which.slice(0, shown).map(row))}`,
  );
  const { loss, lossName, samples } = baseline;
  const head = `${colours.bold(`Pairs of ${layer} of ${title}`)}\nintact: ${lossName} ${formatNumber(loss)}, ${samples} samples\n`;
  return `${head}${tables.join('')}\n${pairs.length} pairs of ${nodes.length} nodes in ${formatDuration(seconds)}\n`;
}

const headers = ['node', 'other', 'loss', 'change', 'accuracy', 'interaction', 'flips'] as const;

/** A line a pair; single nodes have no other. */
const asCsv = ({ nodes, pairs }: PairsTable): string =>
  formatCsv(headers, [
    ...nodes.map(
      ({ node, loss, change, accuracy, flips }) => [node, null, loss, change, accuracy, null, flips] as const,
    ),
    ...pairs.map(
      ({ nodes: [one, other], loss, change, accuracy, interaction, flips }) =>
        [one, other, loss, change, accuracy, interaction, flips] as const,
    ),
  ]);
