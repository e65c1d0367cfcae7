import {
  type Conversion,
  type ConvertedFile,
  convert as convertModel,
  formatCsv,
  formatNumber,
  formatTable,
} from '../../index.js';
import type { CliCommand } from '../command.js';
import { addEngineOptions, type EngineFlags, runOptions } from '../options/engine.js';
import { addModelArgument, prepareModelPath } from '../options/model.js';
import { addOutputOptions, type OutputFlags } from '../options/output.js';
import { printDocument } from '../output.js';
import { noteRenamed } from '../renamedText.js';

interface ConvertFlags extends EngineFlags, OutputFlags {
  readonly out: string;
}

export const convert: CliCommand<ConvertFlags, [model: string]> = {
  summary: 'Writes a model in another format, and has both files run by their own runtimes',
  configure: (command) => {
    addModelArgument(command).requiredOption('--out <MODEL>', 'where the model goes; the path says in which format');
    addOutputOptions(addEngineOptions(command)).addHelpText('after', examples);
  },
  run: async (context, { out, ...flags }, model) => {
    await prepareModelPath(out, context);
    const { memory: _memory, ...checking } = runOptions(flags, context);
    const document = await convertModel(model, out, checking);
    for (const { path, check } of [document.from, document.to]) {
      if (check.reason !== null) context.note(`notice: ${path} was not run by its format's runtime: ${check.reason}`);
    }
    noteRenamed(context, out, document.to.renamed);
    await printDocument(context, flags, { type: 'converted', document, text: asText, csv: asCsv });
  },
};

const examples = `
What the other format has no word for is refused, each layer by name. docs/models.md says what each format holds.

Examples:
  secateur convert model.onnx --out model.keras
  secateur convert model.h5 --out model`;

const headers = ['file', 'format', 'bytes', 'runtime', 'difference', 'tolerance'] as const;

const rowOf = ({ path, format, bytes, check }: ConvertedFile) =>
  [path, format, bytes, check.runtime, check.maxAbsDifference, check.tolerance] as const;

function asText({ layers, parameters, from, to }: Conversion): string {
  const columns = headers.map((header, i) => ({
    header,
    align: i === 2 || i > 3 ? ('right' as const) : ('left' as const),
  }));
  const shown = (value: number | null): string => (value === null ? '' : formatNumber(value));
  const rows = [from, to].map(rowOf).map(([path, format, bytes, runtime, difference, tolerance]) => {
    return [path, format, bytes, runtime ?? 'not run', shown(difference), shown(tolerance)];
  });
  return `${layers} layers, ${parameters} parameters\n\n${formatTable(columns, rows)}`;
}

const asCsv = ({ from, to }: Conversion): string => formatCsv(headers, [from, to].map(rowOf));
