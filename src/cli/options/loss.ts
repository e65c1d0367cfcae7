import { type Command, Option } from 'commander';
import { type LossName, loadModel, type Network, outputNames, withOutput } from '../../index.js';
import type { Context } from '../context.js';

/** The losses, each with the unit of its numbers. */
export const lossUnits: Readonly<Record<LossName, string>> = {
  crossentropy: 'nats',
  'binary-crossentropy': 'nats',
  mse: 'squared units of the target',
};

/** What is measured of a model. */
export interface LossFlags {
  readonly head?: string;
  readonly loss?: LossName;
}

export const addLossOptions = (command: Command): Command =>
  command
    .option('--head <NAME>', 'of a model with several outputs, the one that is measured (default: the first)')
    .addOption(
      new Option('--loss <NAME>', 'default: what the model says, else what its head and y suggest').choices(
        Object.keys(lossUnits),
      ),
    );

/** Loads a model that is to be measured at one of its outputs, and says at which where it was not asked for. */
export async function loadMeasured(path: string, { head }: LossFlags, context: Context): Promise<Network> {
  const network = await loadModel(path);
  if (head !== undefined) return withOutput(network, head);
  const [first, ...others] = outputNames(network);
  if (others.length > 0) {
    context.note(`notice: ${path} is measured at its output "${first}"; --head names another: ${others.join(', ')}`);
  }
  return network;
}

/** The flag as the library takes it. */
export const lossOptions = ({ loss }: LossFlags): Pick<LossFlags, 'loss'> => (loss === undefined ? {} : { loss });
