import { expectArguments } from '../util/arguments.js';
import { ink } from './palette.js';
import { escapeXml, svgElement } from './svg.js';

/** Around every picture. */
export const margin = 24;

/** Of letters at the plots' size, about. */
const letterWidth = 6.9;

/** An entry of a legend: `key` draws what stands for it, from a place on, 24 pixels wide. */
export interface Keyed {
  readonly says: string;
  readonly key: (x: number, y: number) => string;
}

/** A line cut at spaces into lines that fit between the margins of a picture. */
export function wrapped(line: string, width: number): string[] {
  const most = Math.floor((width - 2 * margin) / letterWidth);
  const lines = [''];
  for (const word of line.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trimStart();
    if (longer.length <= most || lines.at(-1) === '') lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** What stands above a plot: its title, lines that explain it, and a legend in as many rows as it needs. */
export function header({
  title,
  subtitles,
  keys,
  width,
}: {
  readonly title: string;
  readonly subtitles: readonly string[];
  readonly keys: readonly Keyed[];
  readonly width: number;
}): { readonly markup: readonly string[]; readonly height: number } {
  expectArguments({ title });
  const titles = wrapped(title, (width * 2) / 3).map((line, i) =>
    svgElement('text', { x: margin, y: 34 + 22 * i, 'font-size': 18, 'font-weight': 'bold' }, escapeXml(line)),
  );
  let y = 34 + 22 * (titles.length - 1);
  const lines = subtitles.map((line) => {
    y += 20;
    return svgElement('text', { x: margin, y, fill: ink.soft }, escapeXml(line));
  });
  let x: number = margin;
  if (keys.length > 0) y += 26;
  const legend = keys.map(({ says, key }) => {
    const room = 24 + 8 + says.length * letterWidth + 20;
    if (x > margin && x + room > width) [x, y] = [margin, y + 20];
    const drawn = key(x, y - 4) + svgElement('text', { x: x + 32, y }, escapeXml(says));
    x += room;
    return drawn;
  });
  return { markup: [...titles, ...lines, ...legend], height: y + 14 };
}
