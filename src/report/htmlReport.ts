import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expectArguments } from '../util/arguments.js';
import { darkRules, escapeXml, svgElement } from './svg.js';
import { type Cell, formatNumber } from './text.js';

/** A table of a report, with a title of its own. */
export interface ReportTable {
  readonly title: string;
  readonly headers: readonly string[];
  /** The first cell of each row names it. */
  readonly rows: readonly (readonly (Cell | null)[])[];
}

/** A plot of a report. */
export interface ReportFigure {
  /** What stands below it. */
  readonly name: string;
  /** A standalone SVG of this library's plots; it becomes part of the page as it is. */
  readonly svg: string;
}

/** What a report shows, in this order. */
export interface ReportDocument {
  readonly title: string;
  /** A line below the title. */
  readonly lead: string;
  /** Names and values, such as settings. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** Sentences, shown as a list. */
  readonly notes: readonly string[];
  readonly tables: readonly ReportTable[];
  /** Plots, below the tables. */
  readonly figures: readonly ReportFigure[];
  /** Embedded as JSON in the element `data`, for programs. */
  readonly data: unknown;
}

/**
 * A report as one HTML page that needs nothing else: no network, no other file, nothing but its own script may run.
 * Tables sort by a click or a key, parts of figures tell their numbers; it can be read without a script too, on a phone,
 * on dark pages and on paper. The same document gives the same bytes.
 *
 * @example
 * await writeFile('report.html', await formatReport(studyDocument(await runStudy('iris-threshold').report())));
 */
export async function formatReport(document: ReportDocument): Promise<string> {
  expectArguments({ document });
  const { title, lead, facts, notes, tables, figures, data } = document;
  expectArguments({ title, lead, facts, notes, figures, tables });
  const [css, script] = await Promise.all(['report.css', 'report.js'].map(readAsset));
  const style = `${css}${darkRules()}`;
  const body = [
    element('h1', title),
    `<p class="lead">${escapeXml(lead)}</p>`,
    `<dl>${facts.map(([name, value]) => element('dt', name) + element('dd', value)).join('')}</dl>`,
    ...notesSection(notes),
    ...section('Figures', figures.map(figureMarkup), (all) => svgElement('div', { class: 'figures' }, all)),
    ...section('Tables', tables.map(tableMarkup), (all) => all),
  ];
  const head = [
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy(style, script!)}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    element('title', title),
    `<style>${style}</style>`,
  ];
  const end = [
    '<div id="tip" role="status" hidden></div>',
    `<script type="application/json" id="data">${embeddedJson(data)}</script>`,
    `<script>${script}</script>`,
  ];
  return page(head, [svgElement('main', {}, `\n${body.join('\n')}\n`), ...end]);
}

const page = (head: readonly string[], body: readonly string[]): string =>
  `<!doctype html>\n<html lang="en">\n<head>\n${head.join('\n')}\n</head>\n<body>\n${body.join('\n')}\n</body>\n</html>\n`;

const readAsset = (name: string): Promise<string> =>
  readFile(new URL(`../../assets/report/${name}`, import.meta.url), 'utf8');

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing may be loaded, sent or run but what stands in the page. */
const policy = (style: string, script: string): string =>
  [
    `default-src 'none'`,
    `style-src ${hashOf(style)}`,
    `script-src ${hashOf(script)}`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');

/** JSON that cannot end the element that it stands in. */
const embeddedJson = (data: unknown): string =>
  (JSON.stringify(data) ?? 'null')
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');

/** Never the short form of an empty element, which HTML does not know. */
const element = (name: string, text: string): string => `<${name}>${escapeXml(text)}</${name}>`;

const section = (name: string, parts: readonly string[], join: (all: string) => string): string[] =>
  parts.length === 0 ? [] : [`<section>${element('h2', name)}\n${join(`\n${parts.join('\n')}\n`)}</section>`];

const notesSection = (notes: readonly string[]): string[] =>
  section(
    'Findings',
    notes.map((note) => element('li', note)),
    (all) => svgElement('ul', {}, all),
  );

/** What is wider than the page scrolls within itself, by keys too. */
const scrolling = (name: string, content: string): string =>
  svgElement('div', { class: 'wide', role: 'region', tabindex: 0, 'aria-label': name }, content);

/** The rules for dark pages stand once in the page's own style. */
const figureMarkup = ({ name, svg }: ReportFigure): string =>
  svgElement(
    'figure',
    {},
    `<div class="wide">${svg.trim().replace(/<style>[^<]*<\/style>\n?/, '')}</div>${element('figcaption', name)}`,
  );

function tableMarkup({ title, headers, rows }: ReportTable): string {
  const head = headers.map(
    (header) => `<th scope="col" aria-sort="none"><button type="button">${escapeXml(header || 'name')}</button></th>`,
  );
  const body = rows.map((row) => `<tr>${row.map(cellMarkup).join('')}</tr>`);
  const parts = [
    element('caption', title),
    `<thead><tr>${head.join('')}</tr></thead>`,
    `<tbody>${body.join('\n')}</tbody>`,
  ];
  return scrolling(title, svgElement('table', {}, parts.join('\n')));
}

/** What words of tables mean at a glance; they say the same without colours. */
const tones: Readonly<Record<string, string>> = {
  inside: 'good',
  near: 'fair',
  outside: 'bad',
  important: 'kept',
  worse: 'bad',
};

function cellMarkup(cell: Cell | null, column: number): string {
  if (column === 0) return `<th scope="row">${escapeXml(String(cell ?? ''))}</th>`;
  if (cell === null) return '<td data-value="">\u2013</td>';
  if (typeof cell === 'number') return `<td data-value="${cell}">${minus(formatNumber(cell, 4))}</td>`;
  const tone = tones[cell];
  return tone === undefined ? element('td', cell) : svgElement('td', { class: tone }, escapeXml(cell));
}

const minus = (number: string): string => number.replace(/^-/, '\u2212');
