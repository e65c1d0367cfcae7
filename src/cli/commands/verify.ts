import { existsSync } from 'node:fs';
import { type Certificate, loadModel, verify as verifyModel } from '../../index.js';
import type { CliCommand } from '../command.js';
import { addDataOptions, type DataFlags, loadDataIfNamed } from '../options/data.js';
import { addEngineOptions, type EngineFlags, runOptions } from '../options/engine.js';
import { readJson } from '../options/json.js';
import { addLossOptions, type LossFlags, loadMeasured, lossOptions } from '../options/loss.js';
import { modelDescription } from '../options/model.js';
import { addOutOption, addOutputOptions, type OutputFlags } from '../options/output.js';
import { readPlan } from '../options/plan.js';
import { printDocument } from '../output.js';
import { prunedView, verifiedDocument } from '../prunedText.js';

interface VerifyFlags extends DataFlags, LossFlags, EngineFlags, OutputFlags {
  readonly certificate?: string;
  readonly out?: string;
}

export const verify: CliCommand<VerifyFlags, [original: string, shrunk: string, plan: string]> = {
  summary: 'Proves again that a pruned model computes what its plan says',
  configure: (command) => {
    command
      .argument('<ORIGINAL>', `the model that was pruned: ${modelDescription}`)
      .argument('<SHRUNK>', 'what came of it')
      .argument('<PLAN>', 'the plan by which it was pruned');
    addDataOptions(command, 'test').option(
      '--certificate <FILE>',
      'what was certified of it (default: the .certificate.json beside it, if there is one)',
    );
    addOutOption(addOutputOptions(addEngineOptions(addLossOptions(command)))).addHelpText('after', examples);
  },
  run: async (context, flags, original, shrunk, planFile) => {
    const [before, after] = [await loadMeasured(original, flags, context), await loadModel(shrunk)];
    const plan = await readPlan(planFile);
    const data = await loadDataIfNamed(flags, 'test', context);
    const beside = `${shrunk}.certificate.json`;
    const certificate = flags.certificate ?? (existsSync(beside) ? beside : null);
    const found = await verifyModel(before, after, plan, {
      ...runOptions(flags, context),
      ...lossOptions(flags),
      ...(data ? { data } : {}),
      certificate: certificate === null ? null : ((await readJson(certificate, 'certificate')) as Certificate),
      file: shrunk,
    });
    if (found.file?.reason) context.note(`notice: the file was not run by its format's runtime: ${found.file.reason}`);
    const title = {
      outputs: `${shrunk} computes what ${original} computes under ${planFile}`,
      identity: `${shrunk} is what came of ${original} by ${planFile} and a training, to the last bit`,
    }[found.proof];
    await printDocument(context, flags, prunedView('verified', title, verifiedDocument(found)));
  },
};

const examples = `
Outputs are compared over random inputs, and over the samples if there are some; the file is run by its format's own runtime.
A model that was trained under its plan is known by its certificate: it must be that network, to the last bit, and of the
plan's structure. On the samples that were certified the loss must be the certified one. Exit code 4 if anything fails.

Examples:
  secateur verify model.json small small.plan.json --dataset digits`;
