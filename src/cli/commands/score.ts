import { type Command, Option } from 'commander';
import {
  type CriterionName,
  criterionNames,
  expectWritable,
  formatCsv,
  type Network,
  type Normalization,
  type NpyArray,
  normalizations,
  type ScoredData,
  type ScoreRun,
  type ScoreTable,
  type ScoringEvent,
  SecateurError,
  scores,
  tabulateScores,
  weightScores,
  writeFileAtomic,
  writeNpz,
} from '../../index.js';
import type { CliCommand } from '../command.js';
import type { Context } from '../context.js';
import { addCriterionOptions, type CriterionFlags, criterionOptions } from '../options/criterion.js';
import { addDataOptions, type DataFlags, loadDataIfNamed } from '../options/data.js';
import { addEngineOptions, type EngineFlags, runOptions } from '../options/engine.js';
import { addLossOptions, type LossFlags, loadMeasured, lossOptions } from '../options/loss.js';
import { addModelArgument } from '../options/model.js';
import { addOutOption, addOutputOptions, type OutputFlags } from '../options/output.js';
import { openOutput, printDocument, watch } from '../output.js';
import { parseNames } from '../parse.js';
import { narrateScoring } from '../progressText.js';
import { kernelName, kernelsText, scoreCsv, scoreText } from '../scoreText.js';

interface ScoreFlags extends DataFlags, CriterionFlags, LossFlags, EngineFlags, OutputFlags {
  readonly criterion: CriterionName;
  readonly layers?: string[];
  readonly normalize: Normalization;
  readonly weights?: true;
  readonly out?: string;
}

export const score: CliCommand<ScoreFlags, [model: string]> = {
  summary: 'Scores every node, or every weight, of a model by a criterion',
  configure: (command: Command) => {
    addDataOptions(addModelArgument(command), 'train')
      .addOption(
        new Option('--criterion <NAME>', 'what a node is judged by').choices(criterionNames).makeOptionMandatory(),
      )
      .option('--layers <a,b>', 'names of the layers (default: every hidden dense and convolution layer)', parseNames)
      .addOption(
        new Option('--normalize <HOW>', 'what the scores of each layer are divided by')
          .choices(normalizations)
          .default('none'),
      )
      .option('--weights', 'score single weights: --out FILE.npz gets an array for each kernel');
    addCriterionOptions(command);
    addOutOption(addOutputOptions(addEngineOptions(addLossOptions(command)))).addHelpText('after', examples);
  },
  run: async (context, flags, model) => {
    if (flags.weights) expectFile(flags);
    if (flags.out !== undefined) await expectWritable(flags.out);
    const network = await loadMeasured(model, flags, context);
    const data = await loadDataIfNamed(flags, 'train', context);
    const title = `Nodes of ${model}${data ? ` on ${data.title}` : ''}`;
    if (flags.weights) await writeWeightScores(context, flags, network, data);
    else await printScores(context, flags, scores(network, data, scoreOptions(flags, context)), title);
  },
};

const examples = `
Criteria that look at weights alone (l1, group-l2, ...) need no samples; docs/criteria.md says what each one is.

Examples:
  secateur score model.json --criterion group-l2
  secateur score model.onnx --criterion taylor --data samples.npz --ndjson
  secateur score model.json --criterion wanda --dataset digits --weights --out wanda.npz`;

function expectFile({ out, normalize }: ScoreFlags): void {
  if (out === undefined) {
    throw new SecateurError('ERR_ARGUMENT', '--weights: where do the scores go?', { hint: 'add --out FILE.npz' });
  }
  if (normalize !== 'none') {
    throw new SecateurError('ERR_ARGUMENT', '--normalize is for nodes, not for single weights', { hint: 'drop it' });
  }
}

function scoreOptions(flags: ScoreFlags, context: Context) {
  const { criterion, layers, normalize } = flags;
  return {
    ...runOptions(flags, context),
    ...lossOptions(flags),
    ...criterionOptions(criterion, flags),
    ...(layers === undefined ? {} : { layers }),
    criterion,
    normalize,
  };
}

async function printScores(context: Context, flags: ScoreFlags, run: ScoreRun, title: string): Promise<void> {
  const output = await openOutput<ScoringEvent, ScoreTable>(context, flags, {
    text: (colours) => ({ result: (table) => scoreText(title, table, colours) }),
    csv: () => ({ result: scoreCsv }),
  });
  await output.finish(await tabulateScores(watch(run, narrateScoring(context, 'scoring'), output)));
}

async function writeWeightScores(
  context: Context,
  flags: ScoreFlags,
  network: Network,
  data: ScoredData | null,
): Promise<void> {
  const { out = '', ...printed } = flags;
  const { normalize: _nodesOnly, ...options } = scoreOptions(flags, context);
  const table = await weightScores(network, data, options);
  if (table.notice) context.note(`notice: ${table.notice}`);
  const arrays = table.kernels.map(({ layer, shape, scores: data }): [string, NpyArray] => [
    kernelName(layer),
    { type: 'float64', shape, data: new Float64Array(data) },
  ]);
  await writeFileAtomic(out, writeNpz(arrays));
  const { kernels, ...facts } = table;
  const document = {
    ...facts,
    file: out,
    arrays: kernels.map(({ layer, shape }) => ({ name: kernelName(layer), shape })),
  };
  await printDocument(context, printed, {
    type: 'weights',
    document,
    text: () => kernelsText(table, out),
    csv: () =>
      formatCsv(
        ['array', 'shape'],
        document.arrays.map(({ name, shape }) => [name, shape.join('x')]),
      ),
  });
}
