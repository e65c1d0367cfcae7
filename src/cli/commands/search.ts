import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import {
  type CutPoint,
  cutPoints,
  expectWritable,
  type Network,
  type SearchEvent,
  type SearchOptions,
  type SearchTable,
  SecateurError,
  search as searchNetwork,
  shrinkNetwork,
  splitDataset,
  tabulateSearch,
} from '../../index.js';
import type { CliCommand } from '../command.js';
import type { Context } from '../context.js';
import { addBudgetOptions, type BudgetFlags } from '../options/budget.js';
import { addDataOptions, type DataFlags, type LoadedData, loadData, loadScoringData } from '../options/data.js';
import { addEngineOptions, type EngineFlags, runOptions } from '../options/engine.js';
import { journalOption } from '../options/journal.js';
import { addLossOptions, type LossFlags, loadMeasured, lossOptions } from '../options/loss.js';
import { addModelArgument, modelName, prepareModelPath } from '../options/model.js';
import { addOutputOptions, type OutputFlags } from '../options/output.js';
import { addPlotOption, expectPlot, type PlotFlags, withPlot } from '../options/plot.js';
import { openOutput, watch } from '../output.js';
import { parseConfidence, parseCount, parseNames, parseNotNegative, parseShare } from '../parse.js';
import { narratePoints } from '../progressText.js';
import { keepPruned, withPlan } from '../prunedFiles.js';
import { searchCsv, searchPlot, searchText } from '../searchText.js';

interface SearchFlags extends DataFlags, BudgetFlags, LossFlags, EngineFlags, OutputFlags, PlotFlags {
  readonly drop?: number;
  readonly confidence?: number;
  readonly validation?: number;
  readonly cost?: 'parameters' | 'macs';
  readonly step?: number;
  readonly layers?: string[];
  readonly minimum?: number;
  readonly cut?: CutPoint;
  readonly journal?: string;
  readonly plan?: string;
  readonly out?: string;
}

export const search: CliCommand<SearchFlags, [model: string]> = {
  summary: 'Finds what each layer of a model should lose for a budget, with a floor under its accuracy',
  configure: (command: Command) => {
    addBudgetOptions(addDataOptions(addModelArgument(command), 'test'))
      .option('--drop <D>', 'accuracy that may be lost, such as 0.01: a floor, held on samples set apart', parseShare)
      .option('--confidence <C>', 'with which the floor is true (default: 0.95)', parseConfidence)
      .option('--validation <SHARE>', 'share of the samples set apart for the floor (default: 0.5)', parseShare)
      .addOption(
        new Option('--score-split <PART>', 'search on this part of the named dataset, and hold the floor on the other')
          .choices(['train', 'test'])
          .conflicts('validation'),
      )
      .addOption(
        new Option('--cost <WHAT>', 'without a budget: what is saved (default: parameters)').choices([
          'parameters',
          'macs',
        ]),
      )
      .option('--step <SHARE>', 'what a round saves; 0 takes one group at a time (default: 0.05)', parseNotNegative)
      .option('--layers <a,b>', 'names of the layers that may lose nodes (default: all hidden ones)', parseNames)
      .option('--minimum <N>', 'nodes that are left of each layer at least (default: 1)', parseCount)
      .addOption(new Option('--cut <POINT>', 'where a node is cut (default: weights)').choices(cutPoints))
      .addOption(journalOption())
      .option('--plan <FILE>', 'write the plan there too')
      .option('--out <MODEL>', 'where the model goes, with its .plan.json and .certificate.json beside it');
    addPlotOption(command, 'draw the Pareto front');
    addOutputOptions(addEngineOptions(addLossOptions(command))).addHelpText('after', examples);
  },
  run: async (context, flags, model) => {
    const { out, plan, ...printed } = flags;
    if (out !== undefined) await prepareModelPath(out, context);
    if (plan !== undefined) await expectWritable(plan);
    await expectPlot(flags);
    const network = await loadMeasured(model, flags, context);
    const samples = await loadData(flags, 'test', context);
    const { data, options } = await setApart(flags, samples, context);
    const output = await openOutput<SearchEvent, SearchTable>(context, printed, {
      text: (colours) => ({ result: (table) => searchText(`${model}, ${samples.title}`, table, colours) }),
      csv: () => ({ result: searchCsv }),
    });
    const run = searchNetwork(network, data, { ...searchOptions(flags, context), ...options });
    const table = await tabulateSearch(watch(run, narratePoints(context, 'searching'), output));
    context.progress.hide();
    const missed = missedBy(table);
    await withPlot(
      flags,
      () => searchPlot(`${modelName(model)}, ${basename(samples.title)}`, table),
      async () => {
        await output.finish(table);
        if (missed === null) await keep(context, flags, { network, model, table });
      },
    );
    if (missed !== null) throw missed;
  },
};

const examples = `
A budget, a floor, or both. Round by round every node that is left is knocked out, exactly, and those go whose loss grows
least for what they save. With --drop the rounds are then held against the floor, on samples that the search has not seen,
and the last that holds is taken. Exit code 4 if none holds within the budget. docs/sweeps.md explains the rest.

Examples:
  secateur search model.json --dataset digits --budget-macs 0.5 --out small
  secateur search model.onnx --data samples.npz --drop 0.01 --confidence 0.99 --cost macs --plot front.svg --out small.onnx
  secateur search model.json --dataset mnist --score-split train --budget-parameters 20000 --drop 0.005 --out small`;

const taken = [
  'budgetParameters',
  'budgetMacs',
  'budgetMs',
  'drop',
  'confidence',
  'cost',
  'step',
  'layers',
  'minimum',
  'cut',
  'journal',
] as const;

function searchOptions(flags: SearchFlags, context: Context): SearchOptions {
  const given = taken.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]]));
  return { ...runOptions(flags, context), ...lossOptions(flags), ...(Object.fromEntries(given) as SearchOptions) };
}

/** The samples to search on, and with a floor those that it is held on. */
async function setApart(
  flags: SearchFlags,
  samples: LoadedData,
  context: Context,
): Promise<{ readonly data: LoadedData; readonly options: Pick<SearchOptions, 'validation'> }> {
  const { drop, validation: share, scoreSplit, split = 'test', seed = 0 } = flags;
  const idle = drop === undefined && [share !== undefined && 'validation', scoreSplit && 'score-split'].find(Boolean);
  if (idle) throw new SecateurError('ERR_ARGUMENT', `--${idle}: no floor is held`, { hint: 'add --drop D' });
  if (drop === undefined) return { data: samples, options: {} };
  if (scoreSplit === split) {
    throw new SecateurError('ERR_ARGUMENT', `--score-split ${split}: the floor is held on the same part`, {
      hint: 'a floor wants samples that the search has not seen: name the other part',
    });
  }
  const seen = await loadScoringData(flags, context);
  if (seen !== null) return { data: seen, options: { validation: samples } };
  const { first: validation, rest } = splitDataset(samples, { share: share ?? 0.5, seed });
  return { data: rest, options: { validation } };
}

/** ERR_GATE unless the search has come to something that it was told to find: what it has found is told all the same. */
function missedBy({ chosen: { reached, round }, goal: { cost, budget, drop } }: SearchTable): SecateurError | null {
  if (!reached) {
    return new SecateurError('ERR_GATE', `the floor holds down to round ${round} alone, above ${budget} ${cost}`, {
      hint: 'allow a larger drop or budget; without a budget the smallest model that holds the floor is taken',
    });
  }
  if (drop === null || round > 0) return null;
  return new SecateurError('ERR_GATE', 'no round holds the floor: nothing can go with this confidence', {
    hint: 'allow a larger drop, less confidence, or give more samples',
  });
}

async function keep(
  context: Context,
  flags: SearchFlags,
  { network, model, table }: { readonly network: Network; readonly model: string; readonly table: SearchTable },
): Promise<void> {
  const { plan, certificate, notices } = table.chosen;
  for (const notice of notices) context.note(`notice: ${notice}`);
  await withPlan(flags.plan, plan, async () => {
    if (flags.out === undefined) return context.note('notice: the pruned network was not kept; --out MODEL keeps it');
    const { network: small } = shrinkNetwork(network, plan);
    await keepPruned(context, flags, flags.out, { original: network, network: small, certificate, plan, model });
  });
}
