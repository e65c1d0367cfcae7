import { certify, expectHolds, loadModel } from '../../index.js';
import type { CliCommand } from '../command.js';
import { addDataOptions, type DataFlags, loadDataIfNamed } from '../options/data.js';
import { addEngineOptions, type EngineFlags, runOptions } from '../options/engine.js';
import { addLossOption, type LossFlags, lossOptions } from '../options/loss.js';
import { modelDescription } from '../options/model.js';
import { addOutOption, addOutputOptions, type OutputFlags } from '../options/output.js';
import { readPlan } from '../options/plan.js';
import { printDocument } from '../output.js';
import { documentOf, prunedView } from '../prunedText.js';

interface VerifyFlags extends DataFlags, LossFlags, EngineFlags, OutputFlags {
  readonly out?: string;
}

export const verify: CliCommand<VerifyFlags, [original: string, shrunk: string, plan: string]> = {
  summary: 'Proves again that a pruned model computes what its plan says',
  configure: (command) => {
    command
      .argument('<ORIGINAL>', `the model that was pruned: ${modelDescription}`)
      .argument('<SHRUNK>', 'what came of it')
      .argument('<PLAN>', 'the plan by which it was pruned');
    addDataOptions(command, 'test');
    addOutOption(addOutputOptions(addEngineOptions(addLossOption(command)))).addHelpText('after', examples);
  },
  run: async (context, flags, original, shrunk, planFile) => {
    const [before, after] = [await loadModel(original), await loadModel(shrunk)];
    const plan = await readPlan(planFile);
    const data = await loadDataIfNamed(flags, 'test', context);
    const options = { ...runOptions(flags, context), ...lossOptions(flags), ...(data ? { data } : {}) };
    const certificate = await certify(before, plan, { network: after, removed: [], kept: [] }, options);
    expectHolds(certificate);
    const title = `${shrunk} computes what ${original} computes under ${planFile}`;
    await printDocument(context, flags, prunedView('verified', title, documentOf(certificate, null)));
  },
};

const examples = `
Outputs are compared over random inputs, and over the samples if there are some. Exit code 4 if they differ.

Examples:
  secateur verify model.json small small.plan.json --dataset digits`;
