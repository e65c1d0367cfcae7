import { type Command, Option } from 'commander';
import {
  type CriterionName,
  type CriterionOptions,
  type CutPoint,
  criteria,
  cutPoints,
  type Place,
  places,
  type Reduction,
  reductions,
} from '../../index.js';

export interface CriterionFlags {
  readonly reduce?: Reduction;
  readonly at?: Place;
  readonly cut?: CutPoint;
  readonly seed?: number;
}

/** The options that some criteria follow and the others refuse. */
export function addCriterionOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--reduce <HOW>', 'group-wise: how the weights of a group make one score (default: mean)').choices(
        reductions,
      ),
    )
    .addOption(
      new Option(
        '--at <PLACE>',
        'whether activations are taken behind or in front of activation functions (default: output)',
      ).choices(places),
    )
    .addOption(new Option('--cut <POINT>', 'knock-outs: where a node is cut (default: weights)').choices(cutPoints));
}

/** The flags as the library takes them. `--seed` is the data's too, so criteria that draw nothing do not see it. */
export function criterionOptions(name: CriterionName, { reduce, at, cut, seed }: CriterionFlags): CriterionOptions {
  const takes: readonly string[] = criteria[name].takes;
  return {
    ...(reduce && { reduce }),
    ...(at && { at }),
    ...(cut && { cut }),
    ...(seed !== undefined && takes.includes('seed') ? { seed } : {}),
  };
}
