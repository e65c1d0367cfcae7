import { type Command, Option } from 'commander';
import {
  type CriterionName,
  criterionNames,
  expectWritable,
  loadModel,
  type PruneOptions,
  prune as pruneNetwork,
  type ScheduleName,
  scheduleNames,
  type WeightPattern,
} from '../../index.js';
import type { CliCommand } from '../command.js';
import type { Context } from '../context.js';
import { addBudgetOptions, type BudgetFlags } from '../options/budget.js';
import { addCriterionOptions, type CriterionFlags, criterionOptions } from '../options/criterion.js';
import { addDataOptions, type DataFlags, loadDataIfNamed } from '../options/data.js';
import { addEngineOptions, type EngineFlags, runOptions } from '../options/engine.js';
import { journalOption } from '../options/journal.js';
import { addLossOptions, type LossFlags, loadMeasured, lossOptions } from '../options/loss.js';
import { addModelArgument, prepareModelPath } from '../options/model.js';
import { addOutputOptions, type OutputFlags } from '../options/output.js';
import { addTrainingOptions, finetuneOptions, type TrainingFlags } from '../options/training.js';
import { inOrder, openOutput } from '../output.js';
import { parseCount, parseNames, parseNotNegative, parseNumber } from '../parse.js';
import { keepPruned, withPlan } from '../prunedFiles.js';
import { documentOf, narratePruning, type PrunedDocument, pruningPresentation, shownEvent } from '../prunedText.js';

interface PruneFlags
  extends DataFlags,
    CriterionFlags,
    BudgetFlags,
    LossFlags,
    TrainingFlags,
    EngineFlags,
    OutputFlags {
  readonly criterion: CriterionName;
  readonly amount?: number;
  readonly threshold?: number;
  readonly meanThreshold?: number;
  readonly scope: 'layer' | 'global';
  readonly layers?: string[];
  readonly minimum?: number;
  readonly roundTo?: number;
  readonly weights?: true;
  readonly pattern?: WeightPattern;
  readonly mask?: true;
  readonly schedule?: ScheduleName;
  readonly steps?: number;
  readonly finetune?: number;
  readonly rewind?: string;
  readonly journal?: string;
  readonly plan?: string;
  readonly out?: string;
}

export const prune: CliCommand<PruneFlags, [model: string]> = {
  summary: 'Scores the nodes or weights of a model, plans which go, shrinks it and proves it',
  configure: (command: Command) => {
    addDataOptions(addModelArgument(command), 'train')
      .addOption(
        new Option('--criterion <NAME>', 'what a node is judged by').choices(criterionNames).makeOptionMandatory(),
      )
      .option('--amount <A>', 'a share of the nodes or weights (below 1), or how many of them go', parseNotNegative)
      .option('--threshold <T>', 'what has a worse score goes', parseNumber)
      .option(
        '--mean-threshold <T>',
        'what has a score worse than so many times the mean of its layer goes',
        parseNumber,
      );
    addBudgetOptions(command)
      .addOption(new Option('--scope <WHERE>', 'where amounts count').choices(['layer', 'global']).default('layer'))
      .option('--layers <a,b>', 'names of the layers that may lose something (default: all hidden ones)', parseNames)
      .option('--minimum <N>', 'what is left of each layer at least (default: 1)', parseCount)
      .option('--round-to <N>', 'what is left of each layer is a multiple of this', parseCount)
      .option('--weights', 'single weights become 0 instead of nodes; the model keeps its size')
      .option('--pattern <P>', 'with --weights: 2:4 (2 of 4 inputs in a row stay), or blocks, as block:4x4')
      .option('--mask', 'keep the size: planned nodes are cut, not deleted')
      .addOption(
        new Option('--schedule <NAME>', 'how the amount grows from step to step (default: linear)').choices(
          scheduleNames,
        ),
      )
      .option('--steps <N>', 'steps in which the amount is reached, each by scores taken anew (default: 1)', parseCount)
      .option('--finetune <EPOCHS>', 'train after every step; what is cut stays cut', parseCount)
      .option('--rewind <MODEL>', 'the model at an earlier time: every step goes back to its weights')
      .option('--plan <FILE>', 'write the plan there too')
      .option('--out <MODEL>', 'where the model goes, with its .plan.json and .certificate.json beside it');
    addTrainingOptions(addCriterionOptions(command)).addOption(journalOption());
    addOutputOptions(addEngineOptions(addLossOptions(command))).addHelpText('after', examples);
  },
  run: async (context, flags, model) => {
    const { out = null, plan: planFile, ...printed } = flags;
    if (out !== null) await prepareModelPath(out, context);
    if (planFile !== undefined) await expectWritable(planFile);
    const network = await loadMeasured(model, flags, context);
    const data = await loadDataIfNamed(flags, 'train', context);
    const tuning = finetuneOptions(flags, data);
    const titleOf = ({ cut }: PrunedDocument): string => {
      const how = flags.weights ? 'single weights' : `cut at ${cut}`;
      return `${model} pruned by ${flags.criterion}, ${how}${data ? `, on ${data.title}` : ''}`;
    };
    const output = await openOutput(context, printed, pruningPresentation(titleOf));
    const told = inOrder(output.event);
    const show = narratePruning(context);
    const streams = flags.steps !== undefined || flags.finetune !== undefined;
    const pruned = await pruneNetwork(network, tuning.data, {
      ...pruneOptions(flags, context),
      ...tuning.options,
      ...(flags.rewind === undefined ? {} : { rewind: await loadModel(flags.rewind) }),
      onEvent: (event) => {
        show(event);
        if (streams) told.send(shownEvent(event));
      },
    });
    context.progress.hide();
    await told.sent();
    for (const notice of pruned.notices) context.note(`notice: ${notice}`);
    const saved = await withPlan(planFile, pruned.plan, async () =>
      out === null ? null : await keepPruned(context, flags, out, { ...pruned, original: network, model }),
    );
    if (saved === null) context.note('notice: the pruned network was not kept; --out MODEL keeps it');
    const document = documentOf(saved ?? pruned.certificate, out);
    await output.event({ type: 'pruned', ...document });
    await output.finish(document);
  },
};

const examples = `
Exactly one of --amount, --threshold, --mean-threshold and the budgets says how many nodes go; of single weights, the first
three or a pattern as 2:4. Criteria that look at weights alone need no samples; with samples the loss and accuracy before
and after are told. docs/pruning.md explains the rest.

Examples:
  secateur prune model.json --criterion l2 --amount 0.5 --out small
  secateur prune model.onnx --criterion taylor --data samples.npz --scope global --budget-macs 0.5 --out small.onnx
  secateur prune model.json --criterion taylor --dataset digits --amount 0.8 --schedule cubic --steps 8 --finetune 2 --out small
  secateur prune model.json --weights --criterion wanda --pattern 2:4 --data samples.npz --out sparse`;

const taken = [
  'amount',
  'threshold',
  'meanThreshold',
  'budgetParameters',
  'budgetMacs',
  'budgetMs',
  'scope',
  'layers',
  'minimum',
  'roundTo',
  'weights',
  'pattern',
  'schedule',
  'steps',
  'journal',
  'mask',
] as const;

function pruneOptions(flags: PruneFlags, context: Context): PruneOptions {
  const { cut, ...own } = criterionOptions(flags.criterion, flags);
  const given = taken.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]]));
  const where = flags.cut ?? cut;
  return {
    ...runOptions(flags, context),
    ...lossOptions(flags),
    ...own,
    ...(Object.fromEntries(given) as Partial<PruneOptions>),
    ...(where === undefined ? {} : { cut: where }),
    criterion: flags.criterion,
  };
}
