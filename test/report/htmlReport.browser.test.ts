import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pixelmatch from 'pixelmatch';
import { type Browser, chromium, type Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatReport } from '../../src/report/index.js';
import { chromiumFlags, chromiumPath } from '../support/chromium.js';
import { temporaryFolder } from '../support/cli.js';
import { sample } from './reportSample.js';

if (chromiumPath === undefined) {
  console.warn('skipped: the report in a browser, since no Chromium was found (SECATEUR_CHROMIUM names one)');
}

const folder = temporaryFolder();
const file = join(folder, 'report.html');

describe.skipIf(chromiumPath === undefined)('the HTML report in Chromium', () => {
  let browser: Browser;
  const said: string[] = [];
  const asked: string[] = [];

  async function open(width: number, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 800 }, deviceScaleFactor: 1 });
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    return page;
  }

  beforeAll(async () => {
    writeFileSync(file, await formatReport(sample));
    browser = await chromium.launch({ executablePath: chromiumPath!, args: [...chromiumFlags] });
  });
  afterAll(() => browser?.close());

  test('says nothing on the console, asks for nothing but itself, and could not load anything', async () => {
    const page = await open(1000);
    expect([said, asked]).toEqual([[], [pathToFileURL(file).href]]);
    expect(await page.title()).toMatch(/^Report <\/script><script>document/);
    await page.evaluate(`{
      const tried = document.createElement('script');
      tried.textContent = 'window.taken = true';
      document.body.append(tried);
    }`);
    const reached = await page.evaluate("fetch('https://example.invalid/').then(() => true, () => 'taken' in window)");
    expect(reached).toBe(false);
    expect(said.join('\n')).toMatch(/Content Security Policy/);
    await page.close();
  });

  test('sorts by a click and by the keyboard: numbers as numbers, empty cells last, told to screen readers', async () => {
    const page = await open(1000);
    const names = () => page.locator('table >> nth=0 >> tbody th').allTextContents();
    const header = (n: number) => page.locator(`table >> nth=0 >> thead th >> nth=${n}`);
    await header(1).locator('button').click();
    expect(await names()).toEqual(['a', 'b', 'c']);
    await header(1).locator('button').click();
    expect(await names()).toEqual(['c', 'b', 'a']);
    expect(await header(1).getAttribute('aria-sort')).toBe('descending');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await names()).toEqual(['a', 'b', 'c']);
    expect([await header(1).getAttribute('aria-sort'), await header(2).getAttribute('aria-sort')]).toEqual([
      'none',
      'ascending',
    ]);
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
    expect(outline).toBe('solid');
    await header(2).locator('button').click();
    expect(await names()).toEqual(['b', 'a', 'c']);
    await page.close();
  });

  test('tells what is pointed at in a figure, by mouse and by arrow keys', async () => {
    const page = await open(1000);
    const tip = page.locator('#tip');
    await page.locator('figure >> nth=1 >> circle >> nth=0').scrollIntoViewIfNeeded();
    await page.locator('figure >> nth=0 >> path[data-says] >> nth=0').hover();
    expect(await tip.textContent()).toBe('one: 0 % at 0');
    expect(await tip.isVisible()).toBe(true);
    await page.mouse.move(2, 2);
    await page.locator('figure >> nth=1 >> svg').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await tip.textContent()).toBe('1 to 4: -2');
    await page.keyboard.press('Escape');
    expect(await tip.isVisible()).toBe(false);
    await page.close();
  });

  /** Letters of 12 in a picture of 440, shown as wide as a phone of 360 less its margins: what print calls 6.5 points. */
  const leastLetters = 8.5;
  const figuresThatScroll = (page: Page) =>
    page.evaluate(`[...document.querySelectorAll('figure .wide')].filter((e) => e.scrollWidth > e.clientWidth).length`);
  const smallestLetters = (page: Page) =>
    page.evaluate(`Math.min(...[...document.querySelectorAll('figure text')].map((text) =>
      Number.parseFloat(getComputedStyle(text).fontSize) * text.ownerSVGElement.getScreenCTM().a))`);

  test('fits a phone of 360 pixels and paper, where it is light whatever the screen is', async () => {
    const page = await open(360, 'dark');
    const width = (of: string) => page.evaluate(`document.documentElement.${of}Width`);
    expect(await width('scroll')).toBe(await width('client'));
    const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(await background()).toBe('rgb(22, 25, 29)');
    expect(await figuresThatScroll(page)).toBe(0);
    expect(await smallestLetters(page)).toBeGreaterThanOrEqual(leastLetters);
    await page.emulateMedia({ media: 'print' });
    expect(await background()).toBe('rgb(255, 255, 255)');
    const paper = "getComputedStyle(document.querySelector('figure svg rect')).fill";
    expect(await page.evaluate(paper)).toBe('rgb(255, 255, 255)');
    const printed = await page.locator('figure >> nth=0 >> svg').boundingBox();
    expect(printed!.width).toBeLessThanOrEqual(360);
    expect((await page.pdf()).subarray(0, 5).toString()).toBe('%PDF-');
    await page.close();
  });

  /**
   * Letters differ between machines, so they are hidden; lines and shapes do not, but for the smoothing of their edges,
   * which pixelmatch leaves out. The smallest thing that could be missing is a dot of 3.2 pixels around its middle: fewer
   * different pixels than it has are nothing.
   */
  const mostDifferent = Math.floor(Math.PI * 3.2 ** 2) - 1;

  for (const scheme of ['light', 'dark'] as const) {
    test(`draws figures as they were drawn before, on ${scheme} pages`, async () => {
      const page = await open(600, scheme);
      await page.evaluate("for (const text of document.querySelectorAll('svg text')) text.style.visibility = 'hidden'");
      for (const [n, name] of ['lines', 'graph'].entries()) {
        // Where the page puts a figure depends on its letters, so it stands in the corner.
        await page.evaluate(`{
          const { style } = document.querySelectorAll('figure > .wide > svg')[${n}];
          Object.assign(style, { position: 'fixed', top: 0, left: 0, width: '440px' });
        }`);
        const shot = PNG.sync.read(await page.locator(`figure >> nth=${n} >> svg >> nth=0`).screenshot());
        const path = new URL(`../fixtures/report/${name}-${scheme}.png`, import.meta.url);
        if (!existsSync(path)) {
          writeFileSync(path, PNG.sync.write(shot));
          throw new Error(`${path.pathname} was not there: it is now, look at it`);
        }
        const before = PNG.sync.read(readFileSync(path));
        expect([shot.width, shot.height]).toEqual([before.width, before.height]);
        const different = pixelmatch(before.data, shot.data, undefined, shot.width, shot.height, { threshold: 0.1 });
        expect(different).toBeLessThanOrEqual(mostDifferent);
      }
      await page.close();
    });
  }
});
