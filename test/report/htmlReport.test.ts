import { createHash } from 'node:crypto';
import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { formatReport } from '../../src/report/index.js';
import { hostile, sample } from './reportSample.js';

const html = await formatReport(sample);
const { document } = parseHTML(html);

/** What is asked of elements here: the types of browsers are not ours. */
interface Element {
  readonly textContent: string | null;
  readonly className: string;
  getAttribute(name: string): string | null;
  querySelector(selector: string): Element | null;
  querySelectorAll(selector: string): Iterable<Element>;
}
const all = (selector: string): Element[] => [...document.querySelectorAll(selector)];
const texts = (selector: string): string[] => all(selector).map(({ textContent }) => textContent ?? '');

describe('formatReport(document)', () => {
  test('shows what it was given, in order', () => {
    expect(texts('h1')).toEqual([`Report ${hostile}`]);
    expect(texts('h2')).toEqual(['Findings', 'Figures', 'Tables']);
    expect(texts('dt')).toEqual(['seed', 'a name that is rather long']);
    expect(texts('li')).toEqual(['one finding', hostile]);
    expect(texts('figcaption')).toEqual(['lines.svg', 'graph.svg']);
    expect(all('figure > .wide > svg')).toHaveLength(2);
  });

  test('holds tables whose headers and rows are named, sortable by buttons, with exact numbers', () => {
    expect(texts('caption')).toEqual(['Numbers', 'A wide table']);
    const [table] = all('table');
    const heads = [...table!.querySelectorAll('thead th')];
    expect(heads.map((th) => [th.getAttribute('scope'), th.getAttribute('aria-sort')])).toEqual(
      Array.from({ length: 4 }, () => ['col', 'none']),
    );
    expect(heads.map((th) => th.querySelector('button')?.textContent)).toEqual(['name', 'count', 'share', 'verdict']);
    expect([...table!.querySelectorAll('th[scope=row]')].map(({ textContent }) => textContent)).toEqual([
      'b',
      'a',
      'c',
    ]);
    const values = [...table!.querySelectorAll('td[data-value]')].map((td) => td.getAttribute('data-value'));
    expect(values).toEqual(['10', '0.5', '9', '-1e-7', '100', '']);
    expect([...table!.querySelectorAll('td[class]')].map((td) => td.className)).toEqual(['good', 'bad']);
  });

  test('embeds its data as JSON that cannot end its element', () => {
    expect(JSON.parse(document.getElementById('data')?.textContent ?? '')).toEqual(sample.data);
    expect(texts('script')).toHaveLength(2);
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(document.getElementById('data')?.textContent).not.toMatch(/[<\u2028]/);
  });

  test('lets nothing be loaded, and nothing run but its own script and style', () => {
    const policy = all('meta[http-equiv=Content-Security-Policy]')[0]?.getAttribute('content') ?? '';
    const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const own = {
      style: html.match(/<style>([\s\S]*?)<\/style>/)?.[1],
      script: html.match(/<script>([\s\S]*?)<\/script>/)?.[1],
    };
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `style-src ${hash(own.style ?? '')}`,
      `script-src ${hash(own.script ?? '')}`,
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect(all('style')).toHaveLength(1);
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(
      /https?:|<link|<img|<iframe| src=| style=| on\w+=/,
    );
  });

  test('gives the same bytes for the same document, in a few kB besides it, also for an empty one', async () => {
    expect(await formatReport(sample)).toBe(html);
    const empty = { title: 't', lead: '', facts: [], notes: [], tables: [], figures: [], data: undefined };
    const page = await formatReport(empty);
    expect(page.length).toBeLessThan(9000);
    expect(parseHTML(page).document.querySelectorAll('h2')).toHaveLength(0);
  });
});
