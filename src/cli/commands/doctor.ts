import { existsSync } from 'node:fs';
import { dataFolders, type EngineInfo, engineInfo, formatCsv, formatTable } from '../../index.js';
import type { Colours } from '../colour.js';
import type { CliCommand } from '../command.js';
import { addOutOption, addOutputOptions, type OutputFlags } from '../options/output.js';
import { printDocument } from '../output.js';
import { inspectPackage, optionalPackages, type PackageState } from '../packages.js';
import { version } from '../version.js';

interface DoctorFlags extends OutputFlags {
  readonly out?: string;
}

interface Diagnosis {
  readonly version: string;
  readonly node: string;
  readonly platform: string;
  readonly engine: EngineInfo;
  readonly backends: readonly PackageState[];
  readonly folders: readonly FolderState[];
}

interface FolderState {
  readonly name: string;
  readonly use: string;
  readonly path: string | null;
  readonly exists: boolean;
  readonly advice: string | null;
}

export const doctor: CliCommand<DoctorFlags> = {
  summary: 'Says what works here, and what to do about the rest',
  configure: (command) => {
    addOutOption(addOutputOptions(command)).addHelpText('after', examples);
  },
  run: (context, flags) =>
    printDocument(context, flags, {
      type: 'doctor',
      document: diagnose(),
      text: asText,
      csv: (diagnosis) => formatCsv(['what', 'state', 'details', 'advice'], findings(diagnosis)),
    }),
};

const examples = `
Examples:
  secateur doctor
  secateur doctor --json`;

function diagnose(): Diagnosis {
  return {
    version,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    engine: engineInfo(),
    backends: optionalPackages.map(inspectPackage),
    folders: folderStates(),
  };
}

function folderStates(): FolderState[] {
  const { given, cache } = dataFolders();
  const exists = given !== undefined && existsSync(given);
  const advice = given === undefined || exists ? null : 'it names a folder that is not there: correct or unset it';
  return [
    { name: 'SECATEUR_DATA', use: 'datasets at hand', path: given ?? null, exists, advice },
    { name: 'cache', use: 'downloaded datasets', path: cache, exists: existsSync(cache), advice: null },
  ];
}

type Finding = readonly [what: string, state: string, details: string, advice: string | null];

function findings({ version, node, platform, engine, backends, folders }: Diagnosis): Finding[] {
  return [
    ['secateur', 'ok', `${version}, Node.js ${node}, ${platform}`, null],
    addonFinding(engine),
    ...backends.map(({ name, version, usable, use, advice }): Finding => {
      const state = usable ? 'ok' : version === null ? 'not there' : 'not usable';
      return [name, state, version === null ? use : `${version}, ${use}`, advice];
    }),
    ...folders.map(({ name, path, exists, use, advice }): Finding => {
      const state = exists ? 'ok' : path === null ? 'not set' : 'not there';
      return [name, state, path === null ? use : `${path}, ${use}`, advice];
    }),
  ];
}

function addonFinding({ addon, threads }: EngineInfo): Finding {
  if (!addon.found) return ['native engine', 'not there', addon.reason, addon.hint ?? null];
  const { instructionSet, supported } = addon;
  return ['native engine', 'ok', `${instructionSet} (of ${supported.join(', ')}), ${threads} threads`, null];
}

function asText(diagnosis: Diagnosis, colours: Colours): string {
  const all = findings(diagnosis);
  const paint = (state: string): string => (state === 'ok' ? colours.green(state) : colours.yellow(state));
  const columns = ['what', 'state', 'details'].map((header) => ({ header }));
  const table = formatTable(
    columns,
    all.map(([what, state, details]) => [what, paint(state), details]),
  );
  const advice = all.flatMap(([what, , , advice]) => (advice === null ? [] : [`${what}: ${advice}`]));
  return advice.length === 0 ? table : `${table}\n${advice.join('\n')}\n`;
}
