import { certify, expectHolds, shrinkNetwork } from '../../index.js';
import type { CliCommand } from '../command.js';
import { addDataOptions, type DataFlags, loadDataIfNamed } from '../options/data.js';
import { addEngineOptions, type EngineFlags, runOptions } from '../options/engine.js';
import { addLossOptions, type LossFlags, loadMeasured, lossOptions } from '../options/loss.js';
import { addModelArgument, prepareModelPath } from '../options/model.js';
import { addOutputOptions, type OutputFlags } from '../options/output.js';
import { readPlan } from '../options/plan.js';
import { printDocument } from '../output.js';
import { keepPruned } from '../prunedFiles.js';
import { documentOf, prunedView } from '../prunedText.js';

interface ShrinkFlags extends DataFlags, LossFlags, EngineFlags, OutputFlags {
  readonly out: string;
}

export const shrink: CliCommand<ShrinkFlags, [model: string, plan: string]> = {
  summary: 'Deletes what a plan says from a model, and proves it',
  configure: (command) => {
    addDataOptions(addModelArgument(command).argument('<PLAN>', 'a plan that `prune` wrote for this model'), 'test');
    command.requiredOption('--out <MODEL>', 'where the model goes, with its .certificate.json beside it');
    addOutputOptions(addEngineOptions(addLossOptions(command))).addHelpText('after', examples);
  },
  run: async (context, { out, ...flags }, model, planFile) => {
    await prepareModelPath(out, context);
    const [network, plan] = [await loadMeasured(model, flags, context), await readPlan(planFile)];
    const data = await loadDataIfNamed(flags, 'test', context);
    const shrunk = shrinkNetwork(network, plan);
    const options = { ...runOptions(flags, context), ...lossOptions(flags), ...(data ? { data } : {}) };
    const certificate = await certify(network, plan, shrunk, options);
    expectHolds(certificate);
    const pruned = { network: shrunk.network, original: network, certificate, model };
    const saved = await keepPruned(context, flags, out, pruned);
    await printDocument(context, flags, prunedView('shrunk', `${model} shrunk by ${planFile}`, documentOf(saved, out)));
  },
};

const examples = `
Samples are not needed; with some the loss and accuracy before and after are told.

Examples:
  secateur shrink model.json small.plan.json --out small`;
