import { join } from 'node:path';
import { Argument, type Command } from 'commander';
import {
  expectPng,
  expectRoomFor,
  type Json,
  makeFolder,
  runStudy,
  SecateurError,
  type Study,
  type StudyEvent,
  type StudyName,
  type StudyOption,
  type StudyOptions,
  type StudyReport,
  saveStudy,
  studies,
  studyDocument,
  studyNames,
} from '../../index.js';
import type { CliCommand } from '../command.js';
import type { Context } from '../context.js';
import { journalOption } from '../options/journal.js';
import { addOutputOptions, type OutputFlags } from '../options/output.js';
import { expectFontUsed, fontOf } from '../options/plot.js';
import { addReportOption, expectReport, withReport } from '../options/report.js';
import { openOutput } from '../output.js';
import { parseCount, parseSeed } from '../parse.js';
import { narrateStudy, studyCsv, studyText } from '../studyText.js';

interface StudyFlags extends OutputFlags {
  readonly trials?: number;
  readonly quick?: true;
  readonly asPublished?: true;
  readonly seed?: number;
  readonly jobs?: number;
  readonly journal?: string;
  readonly png?: true;
  readonly font?: string;
  readonly report?: string;
  readonly out?: string;
}

const studyCalled = (name: StudyName): Study => studies[name];

export const study: CliCommand<StudyFlags, [name: StudyName]> = {
  summary: 'Runs a published study, and sets its numbers beside the published ones',
  configure: (command) => {
    const names = studyNames.map((name) => `${name}: ${studyCalled(name).summary}`).join('; ');
    command
      .addArgument(new Argument('<NAME>', names).choices(studyNames))
      .option('--trials <N>', 'repetitions (default: as many as were published)', parseCount)
      .option('--quick', 'a few minutes, on embedded data')
      .option('--as-published', 'with every quirk that shaped the published numbers')
      .option('--seed <N>', 'base of all seeds (default: 0)', parseSeed)
      .option('--jobs <J>', 'trials at a time, each in a process of its own (default: 1)', parseCount)
      .addOption(journalOption())
      .option('--out <DIR>', 'a folder for all tables, figures and the report')
      .option('--png', 'with --out: figures as PNG too')
      .option('--font <FILE>', "font of the PNGs (default: the system's)");
    addReportOption(command);
    addStudyOptions(command);
    addOutputOptions(command).addHelpText('after', examples);
  },
  run: async (context, flags, name) => {
    expectFontUsed(flags.font, flags.png !== undefined, '--png');
    const png = flags.png === undefined ? null : fontOf(flags.font);
    if (png !== null) await expectPng(png);
    await expectFolder(flags);
    await expectReport(flags);
    const output = await openOutput<StudyEvent, StudyReport>(context, withoutOut(flags), {
      text: (colours) => studyText(colours),
      csv: () => ({ result: studyCsv }),
    });
    const run = runStudy(name, studyOptions(name, flags, context));
    const show = narrateStudy(context);
    for await (const event of run) {
      show(event);
      await output.event(event);
    }
    const report = await run.report();
    await saveStudy(report, flags.out ?? null, { png });
    await withReport(
      flags,
      () => studyDocument(report),
      () => output.finish(report),
    );
  },
};

/** @throws SecateurError ERR_ARGUMENT or ERR_IO for a folder that is missing or cannot be: before the work, not after it. */
async function expectFolder({ out, png }: StudyFlags): Promise<void> {
  if (out !== undefined) {
    await makeFolder(out);
    await expectRoomFor(join(out, 'report.json'));
  } else if (png !== undefined)
    throw new SecateurError('ERR_ARGUMENT', '--png: figures are drawn into a folder, and none was named', {
      hint: 'name it with --out',
    });
}

/** `--out` names a folder here; what is printed stays on stdout. */
const withoutOut = ({ out: _, ...flags }: StudyFlags): Omit<StudyFlags, 'out'> => flags;

const examples = `
A published number is met (inside) if at most three standard errors of both samples lie between the means, near if ours
is at most one published standard deviation away.

Examples:
  secateur study ablation-importance --quick
  secateur study ablation-importance --networks single --datasets mnist --trials 10 --jobs 2 \\
    --journal single.journal --out single`;

interface NamedOption extends StudyOption {
  readonly studies: readonly StudyName[];
}

/** The options of all studies; what several have is listed once. */
function allOptions(): Map<string, NamedOption> {
  const found = new Map<string, NamedOption>();
  for (const name of studyNames) {
    for (const [key, option] of Object.entries(studyCalled(name).options))
      found.set(key, { ...option, studies: [...(found.get(key)?.studies ?? []), name] });
  }
  return found;
}

function addStudyOptions(command: Command): void {
  for (const { flags, says, studies } of allOptions().values()) command.option(flags, `${studies.join(', ')}: ${says}`);
}

/** @throws SecateurError ERR_ARGUMENT for an option that this study does not have. */
function studyOptions(name: StudyName, flags: StudyFlags, { signal }: Context): StudyOptions {
  const own = studyCalled(name).options;
  const options: Record<string, Json> = {};
  for (const [key, option] of allOptions()) {
    const text = (flags as unknown as Record<string, unknown>)[key];
    if (text === undefined) continue;
    if (own[key] === undefined) throw foreign(name, option);
    options[key] = own[key].parse(String(text));
  }
  const { trials, quick, asPublished, seed, jobs, journal } = flags;
  return {
    options,
    signal,
    quick: quick ?? false,
    asPublished: asPublished ?? false,
    ...(trials === undefined ? {} : { trials }),
    ...(seed === undefined ? {} : { seed }),
    ...(jobs === undefined ? {} : { jobs }),
    ...(journal === undefined ? {} : { journal }),
  };
}

const foreign = (name: StudyName, { flags, studies }: NamedOption): SecateurError =>
  new SecateurError('ERR_ARGUMENT', `${flags.split(' ')[0]}: the study ${name} has no such option`, {
    hint: `it belongs to ${studies.join(', ')}`,
  });
