import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { describe, expect, test, vi } from 'vitest';
import { plotLines, renderPng, savePlot } from '../../src/report/index.js';
import { temporaryFolder } from '../support/cli.js';
import { fonts } from '../support/fonts.js';

const folder = temporaryFolder();
const svg = plotLines([{ name: 'a', points: [0, 1, 2].map((x) => ({ x, y: x })) }], {
  title: 'A title',
  x: { label: 'across' },
  y: { label: 'up' },
});
/** How many pixels of an area are not white. */
function drawn(png: Uint8Array, [left, top, width, height]: readonly [number, number, number, number]): number {
  const image = PNG.sync.read(Buffer.from(png));
  let count = 0;
  for (let y = top; y < top + height; y++) {
    for (let x = left; x < left + width; x++) count += Number(image.data[4 * (y * image.width + x)]! < 128);
  }
  return count;
}
/** Of the title, at two pixels a unit. */
const titleArea = [48, 36, 200, 36] as const;

if (fonts.length === 0) console.warn('skipped: PNG files with text, since no font was found here');

describe('renderPng(svg, options)', () => {
  test.skipIf(fonts.length === 0)(
    'draws every letter, in the fonts of the system or in one that is named',
    async () => {
      const [font] = fonts;
      for (const options of [{}, { font: font! }]) {
        const png = await renderPng(svg, options);
        const { width, height } = PNG.sync.read(Buffer.from(png));
        const [, w, h] = svg.match(/width="(\d+)" height="(\d+)"/)!.map(Number);
        expect([width, height]).toEqual([2 * w!, 2 * h!]);
        expect(drawn(png, titleArea)).toBeGreaterThan(100);
        const empty = await renderPng(svg.replace('>A title<', '><'), options);
        expect(drawn(empty, titleArea)).toBe(0);
      }
    },
  );

  test.skipIf(fonts.length > 0)('says that text would be missing where there is no font', async () => {
    await expect(renderPng(svg)).rejects.toMatchObject({ code: 'ERR_BACKEND', hint: /font/ });
  });

  test('refuses a font that is none instead of leaving out the text', async () => {
    const font = join(folder, 'none.ttf');
    writeFileSync(font, 'no font');
    await expect(renderPng(svg, { font })).rejects.toMatchObject({ code: 'ERR_IO', message: /none\.ttf: there is no/ });
  });

  test('says what to install where the package is not there', async () => {
    vi.resetModules();
    vi.doMock('@resvg/resvg-js', () => Promise.reject(new Error('not installed')));
    const { renderPng: without } = await import('../../src/report/png.js');
    await expect(without(svg)).rejects.toMatchObject({ code: 'ERR_BACKEND', hint: /npm install @resvg\/resvg-js@/ });
    vi.doUnmock('@resvg/resvg-js');
  });

  test.skipIf(fonts.length === 0)('savePlot writes what the name asks for', async () => {
    await savePlot(join(folder, 'a.PNG'), svg, { zoom: 1 });
    await savePlot(join(folder, 'a.svg'), svg);
    expect(PNG.sync.read(readFileSync(join(folder, 'a.PNG'))).width).toBe(440);
    expect(readFileSync(join(folder, 'a.svg'), 'utf8')).toBe(svg);
    await expect(renderPng('no picture')).rejects.toMatchObject({ code: 'ERR_DATA' });
  });
});
