import { type Command, Option } from 'commander';
import {
  type BackendName,
  backendNames,
  type FinetuneOptions,
  type OptimizerName,
  optimizerNames,
  type RateScheduleName,
  rateScheduleNames,
  SecateurError,
  splitDataset,
  type TrainOptions,
} from '../../index.js';
import { parseCount, parsePositive, parseShare } from '../parse.js';
import type { LoadedData } from './data.js';

export interface TrainingFlags {
  readonly batch?: number;
  readonly lr?: number;
  readonly lrSchedule?: RateScheduleName;
  readonly lrFactor?: number;
  readonly lrEvery?: number;
  readonly lrWarmup?: number;
  readonly optimizer?: OptimizerName;
  readonly backend?: BackendName;
  readonly earlyStopping?: number;
  readonly validation?: number;
}

/** The names under which the flags arrive. */
export const trainingFlags = [
  'batch',
  'lr',
  'lrSchedule',
  'lrFactor',
  'lrEvery',
  'lrWarmup',
  'optimizer',
  'backend',
  'earlyStopping',
  'validation',
] as const satisfies readonly (keyof TrainingFlags)[];

/** How a network learns. */
export function addTrainingOptions(command: Command): Command {
  return command
    .option('--batch <N>', 'samples a step (default: 32)', parseCount)
    .option('--lr <RATE>', 'learning rate (default: 0.001)', parsePositive)
    .addOption(
      new Option('--lr-schedule <NAME>', 'how the learning rate changes (default: constant)').choices(
        rateScheduleNames,
      ),
    )
    .option('--lr-factor <F>', 'step (default: 0.1), exponential (0.9): what the rate is multiplied by', parsePositive)
    .option('--lr-every <N>', 'step: after so many epochs (default: 1)', parsePositive)
    .option('--lr-warmup <N>', 'epochs in which the rate rises (default: 0)', parsePositive)
    .addOption(new Option('--optimizer <NAME>', 'how weights are moved (default: adam)').choices(optimizerNames))
    .addOption(new Option('--backend <NAME>', 'what trains; by default the best that is there').choices(backendNames))
    .option('--early-stopping <N>', 'end after so many epochs without a better validation loss', parseCount)
    .option(
      '--validation <SHARE>',
      'share of the samples to judge by (default: 0.1 with --early-stopping)',
      parseShare,
    );
}

/** The samples to learn from, and options as the library takes them. Samples to judge by are set apart by the seed. */
export function trainingOptions(
  { batch, lr, optimizer, backend, earlyStopping, validation, ...flags }: TrainingFlags & { seed?: number },
  data: LoadedData,
): { readonly data: LoadedData; readonly options: TrainOptions } {
  const { lrSchedule: schedule, lrFactor: factor, lrEvery: every, lrWarmup: warmUp, seed = 0 } = flags;
  const rates = defined({ schedule, factor, every, warmUp });
  const options = { ...defined({ batch, learningRate: lr, optimizer, backend }), rates, seed };
  if (earlyStopping === undefined && validation === undefined) return { data, options };
  const { first: apart, rest: kept } = splitDataset(data, { share: validation ?? 0.1, seed });
  const stopping = earlyStopping === undefined ? {} : { earlyStopping: { patience: earlyStopping } };
  return { data: kept, options: { ...options, validation: apart, ...stopping } };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

const defined = <T extends object>(object: T): Defined<T> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>;

/** The samples to score and learn by, and how a pruned network is trained. */
export function finetuneOptions<D extends LoadedData | null>(
  { finetune: epochs, ...flags }: TrainingFlags & { readonly finetune?: number; seed?: number },
  data: D,
): { readonly data: D | LoadedData; readonly options: { readonly finetune?: FinetuneOptions } } {
  if (epochs === undefined) {
    const idle = trainingFlags.find((name) => flags[name] !== undefined);
    if (idle === undefined) return { data, options: {} };
    throw new SecateurError('ERR_ARGUMENT', `${idle}: nothing is trained`, { hint: 'add --finetune EPOCHS' });
  }
  if (data === null) return { data, options: { finetune: { epochs } } };
  const { data: kept, options } = trainingOptions(flags, data);
  return { data: kept, options: { finetune: { ...options, epochs } } };
}
