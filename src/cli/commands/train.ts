import { Option } from 'commander';
import {
  type BackendName,
  backendNames,
  denseNetwork,
  type EvaluationResult,
  evaluate,
  initialize,
  type Network,
  type NetworkSpec,
  type OptimizerName,
  optimizerNames,
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
import { prepareModelPath } from '../options/model.js';
import { addOutputOptions, type OutputFlags } from '../options/output.js';
import { type Output, openOutput } from '../output.js';
import { parseCount, parsePositive, parseWidths } from '../parse.js';
import { narrateTraining, type ShownEvent, type TrainingReport, trainingCsv, trainingText } from '../trainingText.js';

interface TrainFlags extends DataFlags, EngineFlags, OutputFlags {
  readonly hidden?: number[];
  readonly network: PresetName;
  readonly epochs: number;
  readonly batch: number;
  readonly lr: number;
  readonly optimizer: OptimizerName;
  readonly backend?: BackendName;
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
      .option('--batch <N>', 'samples a step', parseCount, 32)
      .option('--lr <RATE>', 'learning rate', parsePositive, 1e-3)
      .addOption(new Option('--optimizer <NAME>', 'how weights are moved').choices(optimizerNames).default('adam'))
      .addOption(new Option('--backend <NAME>', 'what trains; by default the best that is there').choices(backendNames))
      .option('--out <MODEL>', 'where the model goes: FILE.onnx, or a folder for model.json and its weights');
    addOutputOptions(addEngineOptions(command)).addHelpText('after', examples);
  },
  run: async (context, { out: path, ...flags }) => {
    if (path !== undefined) await prepareModelPath(path);
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
named dataset its test split is measured after each epoch (valLoss, valAccuracy) and, class by class, at the end.

Examples:
  secateur train --dataset digits --hidden 64,32 --epochs 20 --out digits
  secateur train --dataset mnist --network single --out mnist.onnx --ndjson`;

const loadTest = ({ dataset, seed }: DataFlags, context: Context): Promise<LoadedData> =>
  loadData({ ...(dataset && { dataset }), ...(seed === undefined ? {} : { seed }), split: 'test' }, 'test', context);

interface Job {
  readonly data: LoadedData;
  readonly test: LoadedData | null;
  readonly flags: TrainFlags;
  readonly path: string | null;
}

async function trainAndSave(job: Job, context: Context, output: TrainOutput): Promise<TrainingReport> {
  const { data, test, flags, path } = job;
  const { epochs, batch, lr: learningRate, optimizer, backend, seed = 0 } = flags;
  const options = { epochs, batch, learningRate, optimizer, seed, signal: context.signal };
  const run = trainNetwork(initialize(describeNetwork(flags, data), { seed }), data, {
    ...options,
    ...(backend === undefined ? {} : { backend }),
    ...(test === null ? {} : { validation: test }),
  });
  let seconds = 0;
  const show = narrateTraining(context);
  for await (const event of run) {
    show(event);
    if (event.type === 'done') seconds = event.seconds;
    else await output.event(event);
  }
  const { network, backend: trainedOn, history } = await run.result();
  if (path !== null) await saveModel(network, path);
  else context.note('notice: the trained network was not kept; --out MODEL keeps it');
  const evaluation = test === null ? null : await measure(network, test, { flags, context });
  if (evaluation !== null) await output.event({ type: 'evaluation', ...evaluation });
  await output.event({ type: 'done', epochs, seconds, model: path });
  return { schemaVersion: 1, backend: trainedOn, history, evaluation, seconds, model: path };
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
