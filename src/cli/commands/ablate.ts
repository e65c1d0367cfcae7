import { basename } from 'node:path';
import { Option } from 'commander';
import {
  type AblateOptions,
  type AblationEvent,
  type AblationRun,
  type AblationTable,
  type AdaptiveOptions,
  ablate as ablateNetwork,
  type CutPoint,
  cutPoints,
  defaultTolerances,
  formatCsv,
  formatDuration,
  type LabelledData,
  type Network,
  predictAblation,
  SecateurError,
  tabulate,
} from '../../index.js';
import { runPairs } from '../ablatedPairs.js';
import { runCumulative, runGroups } from '../ablatedSets.js';
import { ablationDocument, ablationPlot } from '../ablationPlot.js';
import { ablationText, narrateProgress } from '../ablationText.js';
import type { CliCommand } from '../command.js';
import type { Context } from '../context.js';
import { addDataOptions, type DataFlags, loadData } from '../options/data.js';
import { addEngineOptions, type EngineFlags, runOptions } from '../options/engine.js';
import { journalOption } from '../options/journal.js';
import { addLossOptions, type LossFlags, loadMeasured, lossOptions } from '../options/loss.js';
import { addModelArgument, modelName } from '../options/model.js';
import { addOutOption, addOutputOptions, type OutputFlags } from '../options/output.js';
import { addPlotOption, expectPlot, type PlotFlags } from '../options/plot.js';
import { addReportOption, expectReport, type ReportFlags, withPlotAndReport } from '../options/report.js';
import { type Output, openOutput } from '../output.js';
import { parseConfidence, parseNames, parseNodes, parseNotNegative, parseNumber } from '../parse.js';

interface AblateFlags extends DataFlags, LossFlags, EngineFlags, OutputFlags, PlotFlags, ReportFlags {
  readonly layers?: string[];
  readonly nodes?: number[];
  readonly cut: CutPoint;
  readonly tolerance?: number;
  readonly toleranceLow?: number;
  readonly toleranceHigh?: number;
  readonly partial?: true;
  readonly perClass?: true;
  readonly pairs?: true;
  readonly groups?: string;
  readonly cumulative?: string;
  readonly adaptive?: number;
  readonly complete?: true;
  readonly journal?: string;
  readonly out?: string;
}

export const ablate: CliCommand<AblateFlags, [model: string]> = {
  summary: 'Knocks out every node of a model, one by one, and measures what it was worth',
  configure: (command) => {
    addDataOptions(addModelArgument(command), 'train')
      .option('--layers <a,b>', 'names of the layers (default: every hidden dense and convolution layer)', parseNames)
      .option('--nodes <0-9,12>', 'node numbers, in each of the layers (default: all)', parseNodes)
      .addOption(new Option('--cut <POINT>', 'where a node is cut').choices(cutPoints).default('weights'))
      .option('--tolerance <T>', 'changes from -T to T class a node as zero (default: 1e-5)', parseNotNegative)
      .addOption(toleranceEnd('low'))
      .addOption(toleranceEnd('high'))
      .option('--partial', 'running estimates of all nodes before they are final')
      .addOption(perClass)
      .addOption(adaptive)
      .option('--complete', 'with --adaptive: exact numbers for all nodes after their classes')
      .addOption(journalOption().conflicts('partial'))
      .addOption(pairs)
      .addOption(groups)
      .addOption(cumulative);
    addReportOption(addPlotOption(command, 'draw the nodes by change'));
    addOutOption(addOutputOptions(addEngineOptions(addLossOptions(command)))).addHelpText('after', examples);
  },
  run: async (context, flags, model) => {
    await expectPlot(flags);
    await expectReport(flags);
    const network = await loadMeasured(model, flags, context);
    const data = await loadData(flags, 'train', context);
    const subject = { network, data, title: `${model} on ${data.title}` };
    const { pairs, groups, cumulative } = flags;
    if (pairs) return runPairs(context, flags, subject);
    if (groups !== undefined) return runGroups(context, { ...flags, groups }, subject);
    if (cumulative !== undefined) return runCumulative(context, { ...flags, cumulative }, subject);
    const title = `Nodes of ${model} on ${data.title}`;
    const output = await openOutput<AblationEvent, AblationTable>(context, flags, {
      text: (colours) => ablationText(title, colours),
      csv: () => ({ result: asCsv }),
    });
    const tolerances = tolerancesOf(flags);
    const options = { ...ablateOptions(flags, context), ...tolerances };
    await announce(network, data, options, context);
    const run = ablateNetwork(network, data, options);
    const table = await tabulate(watch(run, context, output));
    const name = `Nodes of ${modelName(model)} on ${basename(data.title)}`;
    await withPlotAndReport(
      flags,
      () => ablationPlot(name, table, tolerances),
      () => ablationDocument(name, table, tolerances),
      () => output.finish(table),
    );
  },
};

/** Flags of single nodes, which sets of nodes do not have. */
const ofNodes = [
  'tolerance',
  'toleranceLow',
  'toleranceHigh',
  'partial',
  'perClass',
  'adaptive',
  'complete',
  'plot',
  'report',
];

const pairs = new Option('--pairs', 'knock out every two nodes of the one layer that --layers names').conflicts(
  ofNodes,
);

const groups = new Option(
  '--groups <FILE.json|channels>',
  'knock out groups of nodes: those of a file, or nodes that can only be removed together',
).conflicts([...ofNodes, 'pairs', 'layers', 'nodes']);

const cumulative = new Option(
  '--cumulative <FILE.json|CRITERION>',
  'remove node after node, in the order of a file or by rising worth to a criterion',
).conflicts([...ofNodes, 'pairs', 'groups', 'nodes']);

const perClass = new Option('--per-class', 'loss, change and accuracy for the samples of each class too').conflicts([
  'adaptive',
  'journal',
]);

const adaptive = new Option('--adaptive <CONF>', 'classes from part of the samples, all right with probability CONF')
  .argParser(parseConfidence)
  .conflicts('partial');

const toleranceEnd = (end: 'low' | 'high'): Option =>
  new Option(`--tolerance-${end} <T>`, `the ${end} end alone (default: ${defaultTolerances[end]})`)
    .argParser(parseNumber)
    .conflicts('tolerance');

const examples = `
change = loss(intact) - loss(without the node), a mean over the samples, in nats for the cross-entropies.
A node is zero if its change is within the tolerances, else worse (the network is better without it) if the change is
positive, else important. flips counts the predictions that differ from those of the intact network. With --pairs, interaction = change(both) - change(one) - change(other).

Examples:
  secateur ablate model.json --dataset digits --plot nodes.svg
  secateur ablate model.onnx --data samples.npz --layers conv1 --nodes 0-9,12 --ndjson
  secateur ablate model.json --dataset digits --per-class --csv --out classes.csv
  secateur ablate model.json --dataset digits --pairs --layers dense_1 --csv --out pairs.csv
  secateur ablate model.json --dataset digits --groups channels
  secateur ablate model.json --dataset digits --cumulative ablation --csv --out removals.csv
  secateur ablate model.json --dataset cifar-10 --adaptive 0.99
  secateur ablate model.json --dataset mnist --tolerance 1e-4 --memory 1GiB --csv --out nodes.csv
  secateur ablate model.onnx --data samples.npz --journal nodes.journal --csv --out nodes.csv`;

function tolerancesOf({ tolerance, toleranceLow, toleranceHigh }: AblateFlags) {
  const { low, high } = tolerance === undefined ? defaultTolerances : { low: -tolerance, high: tolerance };
  return { toleranceLow: toleranceLow ?? low, toleranceHigh: toleranceHigh ?? high };
}

function ablateOptions(flags: AblateFlags, context: Context): AblateOptions {
  const { layers, nodes, cut, partial = false, perClass = false, journal } = flags;
  const chosen = adaptiveOptions(flags);
  return {
    ...runOptions(flags, context),
    ...lossOptions(flags),
    ...(layers === undefined ? {} : { layers }),
    ...(nodes === undefined ? {} : { nodes }),
    cut,
    partial,
    perClass,
    ...(journal === undefined ? {} : { journal }),
    ...(chosen === undefined ? {} : { adaptive: chosen }),
  };
}

/** @throws SecateurError ERR_ARGUMENT for `--complete` alone. */
function adaptiveOptions({ adaptive: confidence, complete, seed }: AblateFlags): AdaptiveOptions | undefined {
  if (confidence !== undefined)
    return { confidence, complete: complete ?? false, ...(seed === undefined ? {} : { seed }) };
  if (!complete) return undefined;
  throw new SecateurError('ERR_ARGUMENT', '--complete: completes an adaptive run, and this is none', {
    hint: 'add --adaptive 0.99, or leave --complete out: every other run is exact',
  });
}

/** Seconds from which on it is told beforehand how long a run will take. */
const longRun = 5;

async function announce(
  network: Network,
  data: LabelledData,
  options: AblateOptions,
  { note }: Context,
): Promise<void> {
  const { seconds, nodes } = await predictAblation(network, data, options);
  const about = options.adaptive ? 'at most about' : 'about';
  if (seconds >= longRun) note(`${nodes} nodes: this will take ${about} ${formatDuration(seconds)}`);
}

/** Passes the events on, after they were printed and shown. */
async function* watch(
  run: AblationRun,
  context: Context,
  output: Output<AblationEvent, AblationTable>,
): AsyncGenerator<AblationEvent> {
  const show = narrateProgress(context);
  for await (const event of run) {
    show(event);
    await output.event(event);
    yield event;
  }
}

const cell = (value: string | number | boolean | null | undefined): string | number | null =>
  typeof value === 'boolean' ? String(value) : (value ?? null);

const headers = ['layer', 'node', 'loss', 'change', 'accuracy', 'class', 'flips'] as const;
const evidenceHeaders = ['exact', 'low', 'high', 'samples'] as const;
const classHeaders = ['loss', 'change', 'accuracy'] as const;

/** A line a node; what is told of each class stands in columns such as `change_3`. */
function asCsv({ baseline, layers }: AblationTable): string {
  const columns = baseline.adaptive ? [...headers, ...evidenceHeaders] : headers;
  const classes = (baseline.perClass ?? []).flatMap((own) =>
    classHeaders.map((header) => [own.class, header] as const),
  );
  const nodes = layers.flatMap((table) => table.nodes.map((node) => ({ ...node, layer: table.layer })));
  return formatCsv(
    [...columns, ...classes.map(([label, header]) => `${header}_${label}`)],
    nodes.map((node) => [
      ...columns.map((column) => cell(node[column])),
      ...classes.map(([label, header]) => cell(node.perClass?.[label]?.[header])),
    ]),
  );
}
