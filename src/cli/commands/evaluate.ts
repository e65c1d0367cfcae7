import { type EvaluationResult, evaluate as evaluateNetwork, formatCsv } from '../../index.js';
import type { CliCommand } from '../command.js';
import { evaluationText } from '../evaluationText.js';
import { addDataOptions, type DataFlags, loadData } from '../options/data.js';
import { addEngineOptions, type EngineFlags, runOptions } from '../options/engine.js';
import { addLossOptions, type LossFlags, loadMeasured, lossOptions } from '../options/loss.js';
import { addModelArgument } from '../options/model.js';
import { addOutOption, addOutputOptions, type OutputFlags } from '../options/output.js';
import { printDocument } from '../output.js';

interface EvaluateFlags extends DataFlags, LossFlags, EngineFlags, OutputFlags {
  readonly out?: string;
}

export const evaluate: CliCommand<EvaluateFlags, [model: string]> = {
  summary: 'Measures the loss and accuracy of a model, for each class too',
  configure: (command) => {
    addDataOptions(addModelArgument(command), 'test');
    addOutOption(addOutputOptions(addEngineOptions(addLossOptions(command)))).addHelpText('after', examples);
  },
  run: async (context, flags, model) => {
    const network = await loadMeasured(model, flags, context);
    const data = await loadData(flags, 'test', context);
    const document = await evaluateNetwork(network, data, { ...runOptions(flags, context), ...lossOptions(flags) });
    if (document.notice) context.note(`notice: ${document.notice}`);
    const text = (result: EvaluationResult): string => `${model} on ${data.title}\n${evaluationText(result)}`;
    await printDocument(context, flags, { type: 'evaluation', document, text, csv: asCsv });
  },
};

const examples = `
Losses are means over the samples, in nats for the cross-entropies.

Examples:
  secateur evaluate model.json --dataset digits
  secateur evaluate model.onnx --data samples.npz --limit 1000 --json`;

function asCsv({ samples, loss, accuracy, perClass }: EvaluationResult): string {
  const rows = perClass.map((row) => [row.class, row.samples, row.loss, row.accuracy] as const);
  return formatCsv(['class', 'samples', 'loss', 'accuracy'], [['all', samples, loss, accuracy], ...rows]);
}
