import { type Command, Option } from 'commander';
import {
  type DatasetName,
  type DownloadProgress,
  datasetNames,
  type LabelledData,
  loadDataset,
  loadNpz,
  SecateurError,
  type Split,
} from '../../index.js';
import type { Context } from '../context.js';
import { parseCount, parseNumber, parseSeed } from '../parse.js';

const splits: readonly Split[] = ['train', 'test'];

export interface DataFlags {
  readonly data?: string;
  readonly dataset?: DatasetName;
  readonly split?: Split;
  readonly limit?: number;
  readonly scale?: number;
  readonly seed?: number;
  readonly scoreSplit?: Split;
}

/** Samples with a name for people. */
export interface LoadedData extends Required<LabelledData> {
  readonly count: number;
  /** Number of classes; null for targets that are no classes. */
  readonly classes: number | null;
  readonly title: string;
}

/** Which samples a command runs; `split` is what it takes of a named dataset unless told. */
export function addDataOptions(command: Command, split: Split): Command {
  return command
    .option('--data <FILE.npz>', 'your own samples: arrays x (first axis samples) and y (classes or targets)')
    .addOption(new Option('--dataset <NAME>', 'samples by name').choices(datasetNames).conflicts(['data', 'scale']))
    .addOption(
      new Option('--split <PART>', `part of the named dataset (default: ${split})`).choices(splits).conflicts('data'),
    )
    .option('--limit <N>', 'take at most so many samples', parseCount)
    .option('--scale <F>', 'multiplies x of --data, e.g. 0.00392156862745098 for bytes (default: 1)', parseNumber)
    .option('--seed <S>', 'shuffles the samples before --limit; draws the generated datasets', parseSeed);
}

/** For commands that measure on other samples than those that criteria look at. */
export const addScoreSplitOption = (command: Command): Command =>
  command.addOption(
    new Option(
      '--score-split <PART>',
      'part of the named dataset that criteria look at (default: the same samples)',
    ).choices(splits),
  );

/** What criteria look at; null for the same samples. @throws SecateurError ERR_ARGUMENT for samples without parts. */
export async function loadScoringData(flags: DataFlags, context: Context): Promise<LoadedData | null> {
  const { scoreSplit: split, dataset } = flags;
  if (split === undefined) return null;
  if (dataset !== undefined) return await loadData({ ...flags, split }, split, context);
  throw new SecateurError('ERR_ARGUMENT', '--score-split: only named datasets have parts', { hint: 'give --dataset' });
}

/**
 * Loads what the flags name.
 *
 * @throws SecateurError ERR_ARGUMENT unless exactly one of `--data` and `--dataset` is given; else as the loaders.
 */
export async function loadData(flags: DataFlags, split: Split, context: Context): Promise<LoadedData> {
  const data = await loadDataIfNamed(flags, split, context);
  if (data) return data;
  throw new SecateurError('ERR_ARGUMENT', 'which samples? neither --data nor --dataset was given', {
    hint: `give --data FILE.npz or --dataset ${datasetNames.join('|')}`,
  });
}

/** The same for commands that may do without samples: null if no flag names any. */
export async function loadDataIfNamed(flags: DataFlags, split: Split, context: Context): Promise<LoadedData | null> {
  const { data: path, dataset: name, limit, scale, seed } = flags;
  const choice = { ...(limit === undefined ? {} : { limit }), ...(seed === undefined ? {} : { seed }) };
  if (name !== undefined) {
    const part = flags.split ?? split;
    const { signal } = context;
    const dataset = await loadDataset(name, { ...choice, split: part, signal, onProgress: showDownload(context) });
    context.progress.hide();
    return { ...dataset, title: `${name} (${part})` };
  }
  if (path === undefined) return null;
  const data = await loadNpz(path, { ...choice, ...(scale === undefined ? {} : { scale }) });
  if (data.x instanceof Uint8Array && scale === undefined) {
    context.note(`notice: x of ${path} holds bytes, taken as 0 to 255; --scale 0.00392156862745098 makes them 0 to 1`);
  }
  return { ...data, classes: countClasses(data.y), title: path };
}

const countClasses = (y: LabelledData['y']): number | null =>
  y instanceof Int32Array ? y.reduce((most, label) => Math.max(most, label), 0) + 1 : null;

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

function showDownload({ progress }: Context): (state: DownloadProgress) => void {
  return ({ file, received, total }) => {
    const note = `${megabytes(received)} of ${megabytes(total)}`;
    progress.show({ label: `downloading ${file}`, done: received, of: total, note });
  };
}
