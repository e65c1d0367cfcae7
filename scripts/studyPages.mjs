// Writes docs/studies/*.md from reports of studies: the published numbers beside ours, tables and figures.
//   node scripts/studyPages.mjs [--out DIR] REPORT.json[=SECONDS[/TRIALS[/trained]]]...
// REPORT.json is what `study NAME --out DIR` leaves; SECONDS how long it took, and of how many of its trials, if that is known
// (the others were in a journal), `trained` where networks came from the cache. Several reports of one study share a page; where two have the same number, the one with
// more trials counts. Tables and figures are drawn anew from the trials, by the compiled library in dist/: `npm run build`
// comes first. A missed number needs its explanation in studyRemarks.mjs.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatDuration, formatNumber, studies } from '../dist/index.js';
import { deviations, explanationOf, figuresOf, peersOf, remarksOn } from './studyRemarks.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: flags, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: 'string' } } });
const folder = flags.out ?? join(root, 'docs', 'studies');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
/** Longer tables are left to `--out`. */
const mostRows = 40;

function readReport(argument) {
  const [path, time] = argument.split('=');
  const [seconds = null, timed = null, trained = null] = time?.split('/') ?? [];
  return { ...JSON.parse(readFileSync(path, 'utf8')), seconds, timed, trained: trained !== null };
}

/** A report with what today's library makes of its trials, and what the page says of them. */
async function published(report) {
  const made = { ...report, ...(await studies[report.study].publish(report.trials, report.settings)) };
  const told = ownName(report);
  return {
    ...made,
    cells: made.cells.map((cell) => ({ ...cell, table: told(cell.table) })),
    tables: made.tables.map((own) => ({ ...own, title: told(own.title) })),
    notes: [...made.notes, ...remarksOn(made)].map(told),
  };
}

/** Networks that learn otherwise than as published do not share tables with those that do. */
const ownName = ({ settings }) =>
  settings.options.multBatches === 'random'
    ? (text) => text.replace(/^mult(?=[,:])/, 'mult from random batches')
    : (text) => text;

const row = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
const table = (headers, rows) => [row(headers), row(headers.map(() => '---')), ...rows.map(row)].join('\n');
const number = (cell) => (typeof cell === 'string' ? cell : formatNumber(cell ?? null, 4));

/** A flag with its value; folders of one machine are told by the flag's placeholder. */
function option(flags, value) {
  const [flag, placeholder] = flags.split(' ');
  if (placeholder === undefined) return flag;
  const text = [value].flat().join(',');
  return `${flag} ${isAbsolute(text) ? placeholder.replace(/[<>]/g, '') : text}`;
}

function command({ study, settings }) {
  const { trials, quick, asPublished, seed, options } = settings;
  const flags = [
    quick && '--quick',
    asPublished && '--as-published',
    trials !== null && `--trials ${trials}`,
    seed !== 0 && `--seed ${seed}`,
    ...Object.entries(options).map(([key, value]) => option(studies[study].options[key].flags, value)),
  ];
  return ['secateur study', study, ...flags.filter(Boolean)].join(' ');
}

function timeOf({ seconds, timed, trained }) {
  if (seconds === null) return 'not measured';
  const ofThem = timed === null ? '' : ` for ${timed} of them`;
  return `${formatDuration(Number(seconds))}${ofThem}${trained ? ', networks trained before' : ''}`;
}

/** How each page came about. */
function runs(reports) {
  const lines = reports.map((report) => {
    return [`\`${command(report)}\``, report.trials.length, timeOf(report)];
  });
  return table(['command', 'trials', 'time, on 2 busy cores'], lines);
}

const placeOf = ({ table: name, row: line, column }) => JSON.stringify([name, line, column]);

/** Each published number once, ours from the most trials. */
function cellsOf(reports) {
  const cells = new Map();
  for (const cell of reports.flatMap((report) => report.cells)) {
    const known = cells.get(placeOf(cell));
    if (cell.published !== null && (known === undefined || cell.trials > known.trials)) cells.set(placeOf(cell), cell);
  }
  return [...cells.values()];
}

const withSpread = (mean, std) => (std === null ? number(mean) : `${number(mean)} \u00b1 ${formatNumber(std, 2)}`);

function comparison(cells) {
  const names = [...new Set(cells.map((cell) => cell.table))];
  return names.flatMap((name) => {
    const rows = cells
      .filter((cell) => cell.table === name)
      .map((cell) => [
        `${cell.row}, ${cell.column}`,
        withSpread(cell.published, cell.publishedStd),
        withSpread(cell.ours, cell.std),
        cell.trials,
        cell.standardErrors === null ? '\u2013' : cell.standardErrors.toFixed(1).replace('-', '\u2212'),
        cell.verdict,
      ]);
    const headers = ['', 'published', 'ours', 'trials', 'difference in standard errors', 'verdict'];
    return [`### ${name}`, table(headers, rows), ...explained(cells.filter((cell) => cell.table === name))];
  });
}

/** Each explanation once, with the numbers that it is for. */
function explained(cells) {
  const missed = cells.filter(({ verdict }) => verdict === 'outside' || verdict === 'near');
  const without = missed.filter((cell) => explanationOf(cell) === undefined);
  if (without.length > 0) throw new Error(`not explained: ${without.map(placeOf).join(', ')}`);
  return [...new Set(missed.map(explanationOf))].map((explanation) => {
    const own = missed.filter((cell) => explanationOf(cell) === explanation);
    return `**${own.map(({ row: line, column }) => `${line}, ${column}`).join('; ')}**: ${explanation.says}`;
  });
}

function verdicts(cells) {
  const names = [...new Set(cells.map(({ verdict }) => verdict))];
  const told = names.map((name) => `${cells.filter(({ verdict }) => verdict === name).length} ${name}`);
  return cells.length === 0
    ? 'Nothing published to compare with.'
    : [`${cells.length} published numbers: ${told.join(', ')}.`, ...closeness(cells)].join(' ');
}

/** How many means lie within one published standard deviation; of one trial two in three do, of several more. */
function closeness(cells) {
  const spread = cells.filter(({ publishedStd }) => publishedStd !== null);
  const counts = [...new Set(spread.map(({ trials }) => trials))].sort((a, b) => b - a);
  const told = counts.map((count) => {
    const own = spread.filter(({ trials }) => trials === count);
    const within = own.filter(({ published: mean, publishedStd, ours }) => Math.abs(ours - mean) <= publishedStd);
    return `${within.length} of ${own.length} of ${count} ${count === 1 ? 'trial' : 'trials'}`;
  });
  return told.length === 0 ? [] : [`Within one published standard deviation: ${told.join(', ')}.`];
}

/** Each table once: that of the report which was named first. */
function tables(reports) {
  const short = reports.flatMap((report) => report.tables).filter(({ rows }) => rows.length <= mostRows);
  const shown = new Map(short.toReversed().map((own) => [own.title, own]));
  return [...new Map(short.map(({ title }) => [title, shown.get(title)])).values()].flatMap(
    ({ title, headers, rows }) => [
      `### ${title}`,
      table(
        headers,
        rows.map((cells) => cells.map(number)),
      ),
    ],
  );
}

/** Writes the figures that the page shows, each of the report which was named first, and gives their lines. */
function figures(study, reports) {
  const all = new Map(reports.flatMap(({ files }) => files.map(({ name, content }) => [name, content])).toReversed());
  const shown = figuresOf[study].filter((name) => all.has(name));
  return shown.map((name) => {
    writeFileSync(join(folder, `${study}-${name}`), all.get(name));
    return `![${basename(name, '.svg').replaceAll('-', ' ')}](${study}-${name})`;
  });
}

function peers(study, reports) {
  const { says, tables: own } = peersOf[study]?.(reports) ?? { tables: [] };
  return own.length === 0 ? [] : [says, ...own.map(({ headers, rows }) => table(headers, rows))];
}

function writePage(study, reports) {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (name.startsWith(`${study}-`) && name.endsWith('.svg')) rmSync(join(folder, name));
  }
  mkdirSync(folder, { recursive: true });
  const [{ title, source }] = reports;
  const cells = cellsOf(reports);
  const notes = [...new Set(reports.flatMap((report) => report.notes))];
  const section = (name, parts) => (parts.length === 0 ? [] : [`## ${name}`, ...parts]);
  const blocks = [
    `# ${title}`,
    `Written by \`scripts/studyPages.mjs\` from the results of Secateur ${version}; source: ${source}.`,
    `[What it is, how it differs from what was published, and what the verdicts mean](../studies.md#${study}).`,
    runs(reports),
    ...section('Differences from what was published', [deviations[study].map((says) => `- ${says}`).join('\n')]),
    ...section('Published and ours', [verdicts(cells), ...comparison(cells)]),
    ...section('Findings', notes.length === 0 ? [] : [notes.map((note) => `- ${note}`).join('\n')]),
    ...section('Beside another implementation', peers(study, reports)),
    ...section('Figures', figures(study, reports)),
    ...section('Tables', tables(reports)),
  ];
  writeFileSync(join(folder, `${study}.md`), `${blocks.join('\n\n')}\n`);
  console.log(`docs/studies/${study}.md: ${reports.length} reports, ${cells.length} published numbers`);
}

const reports = await Promise.all(positionals.map(readReport).map(published));
if (reports.length === 0) throw new Error('which reports? node scripts/studyPages.mjs REPORT.json...');
for (const study of new Set(reports.map((report) => report.study))) {
  writePage(
    study,
    reports.filter((report) => report.study === study),
  );
}
