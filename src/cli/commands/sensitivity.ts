import { basename } from 'node:path';
import { Option } from 'commander';
import {
  type CriterionName,
  criterionNames,
  type SensitivityEvent,
  type SensitivityOptions,
  type SensitivityTable,
  sensitivity as sensitivityOf,
  tabulateSensitivity,
} from '../../index.js';
import type { CliCommand } from '../command.js';
import type { Context } from '../context.js';
import { addCriterionOptions, type CriterionFlags, criteriaOptions } from '../options/criterion.js';
import { addDataOptions, addScoreSplitOption, type DataFlags, loadData, loadScoringData } from '../options/data.js';
import { addEngineOptions, type EngineFlags, runOptions } from '../options/engine.js';
import { addLossOptions, type LossFlags, loadMeasured, lossOptions } from '../options/loss.js';
import { addModelArgument, modelName } from '../options/model.js';
import { addOutOption, addOutputOptions, type OutputFlags } from '../options/output.js';
import { expectPlot, type PlotFlags, withPlot } from '../options/plot.js';
import { addPointOptions } from '../options/points.js';
import { openOutput, watch } from '../output.js';
import { parseNames } from '../parse.js';
import { narratePoints } from '../progressText.js';
import { sensitivityCsv, sensitivityPlot, sensitivityText } from '../sensitivityText.js';

interface SensitivityFlags extends DataFlags, CriterionFlags, LossFlags, EngineFlags, OutputFlags, PlotFlags {
  readonly criterion?: CriterionName;
  readonly criteria?: string[];
  readonly weights?: true;
  readonly amounts?: number[];
  readonly layers?: string[];
  readonly minimum?: number;
  readonly journal?: string;
  readonly out?: string;
}

export const sensitivity: CliCommand<SensitivityFlags, [model: string]> = {
  summary: 'Measures how much each layer of a model can lose by itself',
  configure: (command) => {
    addScoreSplitOption(addDataOptions(addModelArgument(command), 'test'))
      .addOption(
        new Option('--criterion <NAME>', 'what a node or weight is judged by (default: l2; magnitude for weights)')
          .choices(criterionNames)
          .conflicts('criteria'),
      )
      .option('--criteria <a,b>', 'several, a curve each for every layer', parseNames)
      .option('--weights', 'set single weights to 0 instead of removing nodes');
    addPointOptions(command);
    addCriterionOptions(command);
    addOutOption(addOutputOptions(addEngineOptions(addLossOptions(command)))).addHelpText('after', examples);
  },
  run: async (context, flags, model) => {
    await expectPlot(flags);
    const network = await loadMeasured(model, flags, context);
    const data = await loadData(flags, 'test', context);
    const scoringData = await loadScoringData(flags, context);
    const options = { ...sensitivityOptions(flags, context), ...(scoringData && { scoringData }) };
    const output = await openOutput<SensitivityEvent, SensitivityTable>(context, flags, {
      text: (colours) => ({ result: (table) => sensitivityText(`${model}, ${data.title}`, table, colours) }),
      csv: () => ({ result: sensitivityCsv }),
    });
    const run = sensitivityOf(network, data, options);
    const table = await tabulateSensitivity(watch(run, narratePoints(context, 'measuring layers'), output));
    const name = `${modelName(model)}, ${basename(data.title)}`;
    await withPlot(
      table.points.length > 0 ? flags : {},
      () => sensitivityPlot(name, table),
      () => output.finish(table),
    );
  },
};

const examples = `
Each curve is one layer that loses the share of its nodes (or weights) that the criterion holds to be worth least, all others
whole. Layers whose nodes can only go together make one curve. docs/sweeps.md explains the rest.

Examples:
  secateur sensitivity model.json --dataset digits --plot layers.svg
  secateur sensitivity model.json --dataset digits --weights --criteria magnitude,wanda
  secateur sensitivity model.onnx --data samples.npz --criterion taylor --amounts .25,.5,.75 --csv`;

const taken = ['criterion', 'criteria', 'weights', 'amounts', 'layers', 'minimum', 'journal'] as const;

function sensitivityOptions(flags: SensitivityFlags, context: Context): SensitivityOptions {
  const given = taken.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]]));
  return {
    ...runOptions(flags, context),
    ...lossOptions(flags),
    ...criteriaOptions((flags.criteria ?? [flags.criterion ?? 'l2']) as CriterionName[], flags),
    ...(Object.fromEntries(given) as Partial<SensitivityOptions>),
  };
}
