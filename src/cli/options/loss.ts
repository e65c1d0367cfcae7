import { type Command, Option } from 'commander';
import type { LossName } from '../../index.js';

/** The losses, each with the unit of its numbers. */
export const lossUnits: Readonly<Record<LossName, string>> = {
  crossentropy: 'nats',
  'binary-crossentropy': 'nats',
  mse: 'squared units of the target',
};

export interface LossFlags {
  readonly loss?: LossName;
}

export const addLossOption = (command: Command): Command =>
  command.addOption(
    new Option('--loss <NAME>', 'default: what the model says, else what its head and y suggest').choices(
      Object.keys(lossUnits),
    ),
  );

/** The flag as the library takes it. */
export const lossOptions = ({ loss }: LossFlags): LossFlags => (loss === undefined ? {} : { loss });
