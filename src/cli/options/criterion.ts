import { type Command, Option } from 'commander';
import {
  type CriterionName,
  type CriterionOptions,
  conventionNames,
  criteria,
  cutPoints,
  places,
  reductions,
  ruleNames,
  starts,
} from '../../index.js';
import { parseInteger, parseNotNegative } from '../parse.js';

/** Every option of criteria has a flag of its name. */
export type CriterionFlags = CriterionOptions;

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
    .addOption(new Option('--rule <NAME>', 'lrp: how a layer hands relevance back (default: zplus)').choices(ruleNames))
    .addOption(
      new Option(
        '--convention <NAME>',
        'lrp: how biases, signs and small denominators are treated (default: zennit)',
      ).choices(conventionNames),
    )
    .addOption(
      new Option(
        '--start <WHAT>',
        'relevance: what starts at the outputs (default: uniform for importance, label-logit for lrp)',
      ).choices(starts),
    )
    .option('--permutations <N>', 'shapley: random orders to draw (default: 64)', (text) => parseInteger(text, 2))
    .option(
      '--truncation <T>',
      'shapley: end an order within this part of what all nodes are worth (default: 0)',
      parseNotNegative,
    )
    .addOption(new Option('--cut <POINT>', 'knock-outs: where a node is cut (default: weights)').choices(cutPoints));
}

const own = [
  'reduce',
  'at',
  'cut',
  'rule',
  'convention',
  'start',
  'permutations',
  'truncation',
] as const satisfies readonly (keyof CriterionFlags)[];

/** The flags as the library takes them, for several criteria at once. */
export const criteriaOptions = (names: readonly CriterionName[], flags: CriterionFlags): CriterionOptions =>
  Object.assign({}, ...names.map((name) => criterionOptions(name, flags)));

/** The flags as the library takes them. `--seed` is the data's too, so criteria that draw nothing do not see it. */
export function criterionOptions(name: CriterionName, { seed, ...flags }: CriterionFlags): CriterionOptions {
  const takes: readonly string[] = criteria[name]?.takes ?? [];
  const given = own.flatMap((option) => (flags[option] === undefined ? [] : [[option, flags[option]]]));
  return { ...Object.fromEntries(given), ...(seed !== undefined && takes.includes('seed') ? { seed } : {}) };
}
