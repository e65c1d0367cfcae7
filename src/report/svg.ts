import { darkColours, ink } from './palette.js';

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** XML has no way to write most control characters: each becomes the replacement character. */
export const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that must not get through
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd');

/** Text as content or attribute of an element. */
export const escapeXml = (text: string): string =>
  printable(text).replace(/[&<>"]/g, (character) => entities[character] ?? character);

/** An element; `content` is markup, so text in it must be escaped. */
export function svgElement(name: string, attributes: Readonly<Record<string, string | number>>, content = ''): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`);
  return content === '' ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${content}</${name}>`;
}

/** Rules that turn the colours of a picture into those of dark pages: all of them, or those that its markup has. */
export function darkRules(markup?: string): string {
  const rules = Object.entries(darkColours).flatMap(([light, dark]) =>
    ['fill', 'stroke'].flatMap((paint) => {
      const selector = `[${paint}="${light}"]`;
      return markup === undefined || markup.includes(selector.slice(1, -1)) ? [`${selector}{${paint}:${dark}}`] : [];
    }),
  );
  return `@media screen and (prefers-color-scheme:dark){${rules.join('')}}`;
}

const fontFamily = "'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif";

/**
 * A standalone document on a plain background, light or dark as the reader's pages are. `title` is for those who cannot
 * see it.
 */
export function svgDocument(
  { width, height }: { readonly width: number; readonly height: number },
  content: readonly string[],
  title: string,
): string {
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    'font-family': fontFamily,
    'font-size': 12,
    fill: ink.text,
    role: 'img',
    'aria-label': title,
  };
  const background = svgElement('rect', { width, height, fill: ink.background });
  const body = [background, ...content].join('\n');
  const style = svgElement('style', {}, darkRules(`fill="${ink.text}"${body}`));
  return `${svgElement('svg', attributes, `\n${style}\n${body}\n`)}\n`;
}
