import { basename } from 'node:path';
import { Option } from 'commander';
import {
  type CriterionName,
  defaultCriteria,
  type Network,
  type SweepEvent,
  type SweepOptions,
  type SweepTable,
  sweep as sweepNetwork,
  type ThresholdEvent,
  type ThresholdTable,
  tabulateSweep,
  tabulateThresholds,
  thresholdSweep,
} from '../../index.js';
import type { CliCommand } from '../command.js';
import type { Context } from '../context.js';
import { addCriterionOptions, type CriterionFlags, criteriaOptions } from '../options/criterion.js';
import {
  addDataOptions,
  addScoreSplitOption,
  type DataFlags,
  type LoadedData,
  loadData,
  loadScoringData,
} from '../options/data.js';
import { addEngineOptions, type EngineFlags, runOptions } from '../options/engine.js';
import { addLossOptions, type LossFlags, loadMeasured, lossOptions } from '../options/loss.js';
import { addModelArgument, modelName } from '../options/model.js';
import { addOutOption, addOutputOptions, type OutputFlags } from '../options/output.js';
import { expectPlot, type PlotFlags, withPlot } from '../options/plot.js';
import { addPointOptions } from '../options/points.js';
import { addTrainingOptions, finetuneOptions, type TrainingFlags, trainingFlags } from '../options/training.js';
import { openOutput, watch } from '../output.js';
import { parseCount, parseInteger, parseNames } from '../parse.js';
import { narratePoints } from '../progressText.js';
import { sweepCsv, sweepPlot, sweepText } from '../sweepText.js';
import { thresholdCsv, thresholdPlot, thresholdText } from '../thresholdText.js';

interface SweepFlags extends DataFlags, CriterionFlags, LossFlags, TrainingFlags, EngineFlags, OutputFlags, PlotFlags {
  readonly criteria?: string[];
  readonly amounts?: number[];
  readonly weights?: true;
  readonly scope: 'layer' | 'global';
  readonly layers?: string[];
  readonly minimum?: number;
  readonly thresholds?: number;
  readonly finetune?: number;
  readonly journal?: string;
  readonly out?: string;
}

const presets = Object.entries(defaultCriteria).map(([what, names]) => `${names.join(',')} for ${what}`);

/** What says nothing where a threshold decides. */
const idleWithThresholds = [
  ...['criteria', 'weights', 'amounts', 'minimum', 'scope', 'scoreSplit', 'finetune'],
  ...['reduce', 'at', 'cut', 'rule', 'convention', 'start', 'permutations', 'truncation'],
];

export const sweep: CliCommand<SweepFlags, [model: string]> = {
  summary: 'Measures how accuracy falls as criteria take more and more of a model',
  configure: (command) => {
    addScoreSplitOption(addDataOptions(addModelArgument(command), 'test'))
      .option('--criteria <a,b>', `names of criteria (default: ${presets.join('; ')})`, parseNames)
      .option('--weights', 'set single weights to 0 instead of removing nodes')
      .addOption(new Option('--scope <WHERE>', 'where amounts count').choices(['layer', 'global']).default('layer'));
    addPointOptions(command)
      .addOption(
        new Option('--thresholds <N>', 'cut single weights below ever larger thresholds instead, so many of them')
          .argParser((text) => parseInteger(text, 2))
          .conflicts([...idleWithThresholds, ...trainingFlags]),
      )
      .option(
        '--finetune <EPOCHS>',
        'train every pruned model too, on the samples that criteria look at; what is cut stays cut',
        parseCount,
      );
    addTrainingOptions(addCriterionOptions(command));
    addOutOption(addOutputOptions(addEngineOptions(addLossOptions(command)))).addHelpText('after', examples);
  },
  run: async (context, flags, model) => {
    await expectPlot(flags);
    const network = await loadMeasured(model, flags, context);
    const data = await loadData(flags, 'test', context);
    if (flags.thresholds !== undefined) return await sweepThresholds(context, flags, { model, network, data });
    const scoringData = await loadScoringData(flags, context);
    const { data: learnt, options: tuning } = finetuneOptions(flags, scoringData ?? data);
    const others = learnt === data ? {} : { scoringData: learnt };
    const options = { ...sweepOptions(flags, context), ...tuning, ...others };
    if (tuning.finetune && scoringData === null) {
      context.note(
        'notice: models are trained on the samples that they are measured on; --score-split train takes others',
      );
    }
    const output = await openOutput<SweepEvent, SweepTable>(context, flags, {
      text: (colours) => ({ result: (table) => sweepText(`${model}, ${data.title}`, table, colours) }),
      csv: () => ({ result: sweepCsv }),
    });
    const run = sweepNetwork(network, data, options);
    const table = await tabulateSweep(watch(run, narratePoints(context, 'sweeping'), output));
    const name = `${modelName(model)}, ${basename(data.title)}`;
    await withPlot(
      flags,
      () => sweepPlot(name, table),
      () => output.finish(table),
    );
  },
};

const examples = `
Every point is the intact model without the share of its nodes that a criterion holds to be worth least, shrunk and measured
on all samples. Each layer loses its share, or with --scope global the whole model. docs/sweeps.md explains the rest.

Examples:
  secateur sweep model.json --dataset digits --plot sweep.svg
  secateur sweep model.onnx --data samples.npz --criteria l2,taylor --amounts 0,.25,.5,.9 --csv
  secateur sweep model.json --dataset mnist --weights --criteria magnitude,wanda --score-split train`;

/** Thresholds against magnitudes instead of shares by criteria. */
async function sweepThresholds(
  context: Context,
  flags: SweepFlags,
  { model, network, data }: { readonly model: string; readonly network: Network; readonly data: LoadedData },
): Promise<void> {
  const { thresholds = 0, layers, journal } = flags;
  const output = await openOutput<ThresholdEvent, ThresholdTable>(context, flags, {
    text: (colours) => ({ result: (table) => thresholdText(`${model}, ${data.title}`, table, colours) }),
    csv: () => ({ result: thresholdCsv }),
  });
  const run = thresholdSweep(network, data, {
    ...runOptions(flags, context),
    ...lossOptions(flags),
    thresholds,
    ...(layers ? { layers } : {}),
    ...(journal === undefined ? {} : { journal }),
  });
  const table = await tabulateThresholds(watch(run, narratePoints(context, 'cutting'), output));
  await withPlot(
    flags,
    () => thresholdPlot(`${modelName(model)}, ${basename(data.title)}`, table),
    () => output.finish(table),
  );
}

const taken = ['amounts', 'weights', 'scope', 'layers', 'minimum', 'journal'] as const;

function sweepOptions(flags: SweepFlags, context: Context): SweepOptions {
  const names = flags.criteria as CriterionName[] | undefined;
  const given = taken.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]]));
  return {
    ...runOptions(flags, context),
    ...lossOptions(flags),
    ...(names === undefined ? {} : { criteria: names }),
    ...criteriaOptions(names ?? defaultCriteria[flags.weights ? 'weights' : 'nodes'], flags),
    ...(Object.fromEntries(given) as Partial<SweepOptions>),
  };
}
