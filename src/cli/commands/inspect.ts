import { formatCsv, formatTable, loadModel, type NetworkSummary, summarize } from '../../index.js';
import type { CliCommand } from '../command.js';
import { addModelArgument } from '../options/model.js';
import { addOutOption, addOutputOptions, type OutputFlags } from '../options/output.js';
import { printDocument } from '../output.js';

interface InspectFlags extends OutputFlags {
  readonly out?: string;
}

export const inspect: CliCommand<InspectFlags, [model: string]> = {
  summary: 'Prints layers, shapes, parameters and multiply-accumulates of a model',
  configure: (command) => {
    addOutOption(addOutputOptions(addModelArgument(command))).addHelpText('after', examples);
  },
  run: async (context, flags, model) => {
    const document = summarize(await loadModel(model));
    await printDocument(context, flags, { type: 'inspect', document, text: asText, csv: asCsv });
  },
};

const examples = `
Multiply-accumulates are counted for one sample; nodes are what \`ablate\` can knock out.

Examples:
  secateur inspect model.json
  secateur inspect model.onnx --json`;

const headers = ['name', 'kind', 'outputShape', 'parameters', 'macs', 'nodes'] as const;

function asText({ layers, outputs, parameters, macs }: NetworkSummary): string {
  const columns = headers.map((header, i) => ({ header, align: i < 3 ? ('left' as const) : ('right' as const) }));
  const rows = layers.map((layer) => [
    layer.name,
    layer.kind,
    layer.outputShape.join(' x '),
    layer.parameters,
    layer.macs,
    layer.nodes,
  ]);
  const table = formatTable(columns, [...rows, ['all', '', '', parameters, macs, '']]);
  return outputs.length === 1 ? table : `${table}\noutputs: ${outputs.join(', ')}\n`;
}

const asCsv = ({ layers }: NetworkSummary): string =>
  formatCsv(
    headers,
    layers.map(({ name, kind, outputShape, parameters, macs, nodes }) => {
      return [name, kind, outputShape.join('x'), parameters, macs, nodes];
    }),
  );
