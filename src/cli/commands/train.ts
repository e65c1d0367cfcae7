import { Option } from 'commander';
import {
  denseNetwork,
  type EvaluationResult,
  evaluate,
  initialize,
  type Network,
  type NetworkSpec,
  type PresetName,
  presets,
  SecateurError,
  saveModel,
  trainNetwork,
} from '../../index.js';
import type { CliCommand } from '../command.js';
import type { Context } from '../context.js';
import { addDataOptions, type DataFlags, type LoadedData, loadData } from '../options/data.js';
import { addEngineOptions, type EngineFlags, runOptions } from '../options/engine.js';
import { journalOption } from '../options/journal.js';
import { prepareModelPath } from '../options/model.js';
import { addOutputOptions, type OutputFlags } from '../options/output.js';
import { addTrainingOptions, type TrainingFlags, trainingOptions } from '../options/training.js';
import { type Output, openOutput } from '../output.js';
import { parseCount, parseWidths } from '../parse.js';
import { narrateTraining, type ShownEvent, type TrainingReport, trainingCsv, trainingText } from '../trainingText.js';

interface TrainFlags extends DataFlags, TrainingFlags, EngineFlags, OutputFlags {
  readonly hidden?: number[];
  readonly network: PresetName;
  readonly epochs: number;
  readonly journal?: string;
  /** Where the model goes. */
  readonly out?: string;
}

type TrainOutput = Output<ShownEvent, TrainingReport>;

export const train: CliCommand<TrainFlags> = {
  summary: 'Trains a classifier through TensorFlow.js, and measures it on the test split',
  configure: (command) => {
    addDataOptions(command, 'train')
      .addOption(
        new Option('--network <NAME>', 'a network of the ablation study')
          .choices(Object.keys(presets))
          .default('single'),
      )
      .addOption(
        new Option('--hidden <128,64>', 'widths of dense relu layers').argParser(parseWidths).conflicts('network'),
      )
      .option('--epochs <N>', 'passes over the samples', parseCount, 5)
      .option('--out <MODEL>', 'where the model goes: FILE.onnx, or a folder for model.json and its weights');
    addTrainingOptions(command).addOption(journalOption());
    addOutputOptions(addEngineOptions(command)).addHelpText('after', examples);
  },
  run: async (context, { out: path, ...flags }) => {
    if (path !== undefined) await prepareModelPath(path, context);
    const data = await loadData(flags, 'train', context);
    const test = flags.dataset === undefined ? null : await loadTest(flags, context);
    const output: TrainOutput = await openOutput(context, flags, {
      text: () => trainingText(data.title),
      csv: () => ({ result: trainingCsv }),
    });
    await output.finish(await trainAndSave({ data, test, flags, path: path ?? null }, context, output));
  },
};

const examples = `
The seed decides the initial weights and the order of the samples: the same command trains the same network. With a
named dataset its test split is measured after each epoch (valLoss, valAccuracy) and, class by class, at the end. With
--early-stopping a part of the training samples is set apart and measured after each epoch instead, and the network of the
best epoch is kept: the test split takes no part in the choice.

Examples:
  secateur train --dataset digits --hidden 64,32 --epochs 20 --out digits
  secateur train --dataset mnist --network single --out mnist.onnx --ndjson
  secateur train --dataset digits --epochs 200 --lr-schedule cosine --early-stopping 10 --journal run.journal --out digits`;

const loadTest = ({ dataset, seed }: DataFlags, context: Context): Promise<LoadedData> =>
  loadData({ ...(dataset && { dataset }), ...(seed === undefined ? {} : { seed }), split: 'test' }, 'test', context);

interface Job {
  readonly data: LoadedData;
  readonly test: LoadedData | null;
  readonly flags: TrainFlags;
  readonly path: string | null;
}

async function trainAndSave(job: Job, context: Context, output: TrainOutput): Promise<TrainingReport> {
  const { test, flags, path } = job;
  const { epochs, journal, seed = 0 } = flags;
  const { data, options } = trainingOptions(flags, job.data);
  const run = trainNetwork(initialize(describeNetwork(flags, data), { seed }), data, {
    ...(test === null ? {} : { validation: test }),
    ...options,
    ...(journal === undefined ? {} : { journal }),
    epochs,
    signal: context.signal,
  });
  let seconds = 0;
  const show = narrateTraining(context);
  for await (const event of run) {
    show(event);
    if (event.type === 'done') seconds = event.seconds;
    else await output.event(event);
  }
  const { network, backend, history, bestEpoch } = await run.result();
  if (path !== null) await saveModel(network, path);
  else context.note('notice: the trained network was not kept; --out MODEL keeps it');
  const evaluation = test === null ? null : await measure(network, test, { flags, context });
  if (evaluation !== null) await output.event({ type: 'evaluation', ...evaluation });
  await output.event({ type: 'done', epochs: history.length, bestEpoch, seconds, model: path });
  return { schemaVersion: 1, backend, history, bestEpoch, evaluation, seconds, model: path };
}

async function measure(
  network: Network,
  test: LoadedData,
  { flags, context }: { readonly flags: EngineFlags; readonly context: Context },
): Promise<EvaluationResult> {
  const evaluation = await evaluate(network, test, runOptions(flags, context));
  if (evaluation.notice) context.note(`notice: ${evaluation.notice}`);
  return evaluation;
}

function describeNetwork({ hidden, network }: TrainFlags, { shape, classes, title }: LoadedData): NetworkSpec {
  if (classes === null) {
    throw new SecateurError('ERR_DATA', `${title}: y holds no classes, and \`train\` builds classifiers`, {
      hint: 'save y as integers, one class a sample',
    });
  }
  return hidden === undefined ? presets[network](shape, classes) : denseNetwork(shape, hidden, classes);
}
