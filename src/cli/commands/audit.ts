import { basename } from 'node:path';
import { Option } from 'commander';
import {
  type AuditEvent,
  type AuditOptions,
  type AuditTable,
  audit as auditNetwork,
  type CriterionName,
  type CutPoint,
  cutPoints,
  tabulateAudit,
  trust,
} from '../../index.js';
import { auditDocument, auditPlot } from '../auditPlot.js';
import { auditCsv, auditText, narrateAudit } from '../auditText.js';
import type { CliCommand } from '../command.js';
import type { Context } from '../context.js';
import { addDataOptions, type DataFlags, loadData } from '../options/data.js';
import { addEngineOptions, type EngineFlags, runOptions } from '../options/engine.js';
import { addLossOptions, type LossFlags, loadMeasured, lossOptions } from '../options/loss.js';
import { addModelArgument, modelName } from '../options/model.js';
import { addOutOption, addOutputOptions, type OutputFlags } from '../options/output.js';
import { addPlotOption, expectPlot, type PlotFlags } from '../options/plot.js';
import { addReportOption, expectReport, type ReportFlags, withPlotAndReport } from '../options/report.js';
import { openOutput, watch } from '../output.js';
import { parseNames } from '../parse.js';

interface AuditFlags extends DataFlags, LossFlags, EngineFlags, OutputFlags, PlotFlags, ReportFlags {
  readonly criteria?: string[];
  readonly layers?: string[];
  readonly cut: CutPoint;
  readonly out?: string;
}

export const audit: CliCommand<AuditFlags, [model: string]> = {
  summary: 'Holds criteria against exact ablation on your model and data, and says which can be trusted',
  configure: (command) => {
    addDataOptions(addModelArgument(command), 'train')
      .option(
        '--criteria <a,b>',
        'names of criteria (default: all that score nodes without knocking any out)',
        parseNames,
      )
      .option('--layers <a,b>', 'names of the layers (default: every hidden dense and convolution layer)', parseNames)
      .addOption(new Option('--cut <POINT>', 'where a node is cut').choices(cutPoints).default('weights'));
    addReportOption(addPlotOption(command, 'draw the rank correlations'));
    addOutOption(addOutputOptions(addEngineOptions(addLossOptions(command)))).addHelpText('after', examples);
  },
  run: async (context, flags, model) => {
    await expectPlot(flags);
    await expectReport(flags);
    const network = await loadMeasured(model, flags, context);
    const data = await loadData(flags, 'train', context);
    const title = `Criteria on ${model}, ${data.title}`;
    const output = await openOutput<AuditEvent, AuditTable>(context, flags, {
      text: (colours) => auditText(title, colours),
      csv: () => ({ result: auditCsv }),
    });
    const table = await tabulateAudit(
      watch(auditNetwork(network, data, auditOptions(flags, context)), narrateAudit(context), output),
    );
    const name = `Criteria on ${modelName(model)}, ${basename(data.title)}`;
    await withPlotAndReport(
      flags,
      () => auditPlot(name, table),
      () => auditDocument(name, table),
      () => output.finish(table),
    );
  },
};

const percent = (share: number): string => `${100 * share} %`;

const examples = `
Spearman and Kendall compare the order of a layer's nodes with that of exact ablation; the overlaps say how much of the
lowest 10, 25 and 50 % is the same. A criterion is trusted if in every layer of ${trust.fewestNodes} nodes or more Spearman is at least
${trust.spearman} and ${percent(trust.overlap25)} of the lowest quarter are the same.

Examples:
  secateur audit model.json --dataset digits --plot audit.svg
  secateur audit model.onnx --data samples.npz --criteria taylor,fisher,l2 --ndjson`;

function auditOptions(flags: AuditFlags, context: Context): AuditOptions {
  const { criteria, layers, cut } = flags;
  return {
    ...runOptions(flags, context),
    ...lossOptions(flags),
    ...(criteria === undefined ? {} : { criteria: criteria as CriterionName[] }),
    ...(layers === undefined ? {} : { layers }),
    cut,
  };
}
