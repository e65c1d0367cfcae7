import { describe, expect, test } from 'vitest';
import { type Band, colourMaps, plotBands, plotBoxes, plotRegions } from '../../src/report/index.js';

const labels = {
  title: 'A <title>',
  subtitles: ['one line'],
  x: { label: 'size' },
  y: { label: 'share', format: 'percent' },
} as const;
const hints = (svg: string): string[] => [...svg.matchAll(/<title>([^<]*)<\/title>/g)].map(([, text]) => text ?? '');

describe('plotBands(bands, options)', () => {
  const bands: readonly Band[] = [
    { name: 'a & b', values: [{ mean: 0.5, spread: 0.1 }, null, { mean: 0.75, spread: 0.5 }] },
    {
      name: 'before',
      baseline: true,
      values: [
        { mean: 0.9, spread: 0 },
        { mean: 0.9, spread: 0 },
        { mean: 0.9, spread: 0 },
      ],
    },
  ];
  const svg = plotBands(bands, { ...labels, categories: ['1', '2', '5'], most: 1 });

  test('has a curve and a band for each, with gaps, and tells every point', () => {
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    for (const text of ['A &lt;title&gt;', 'a &amp; b', '>size<', '>5<', '>100 %<']) expect(svg).toContain(text);
    const curves = [...svg.matchAll(/<path d="([^"]*)" fill="none"/g)].map(([, d]) => d);
    expect(curves.map((d) => d!.match(/M/g)!.length)).toEqual([2, 1]);
    expect(svg.match(/fill-opacity/g)).toHaveLength(2);
    expect(hints(svg)[0]).toBe('a &amp; b: 50 % ± 10 % at 1');
    expect(hints(svg)).toHaveLength(5);
  });

  test('tells curves apart by the shape of their points, the baseline by its dashes', () => {
    const [first, baseline] = bands as [Band, Band];
    const two = plotBands([first, { ...first, name: 'b' }, baseline], { ...labels, categories: ['1', '2', '5'] });
    const shapesOf = (name: string) =>
      [...two.matchAll(/<path d="M[-\d.]+,[-\d.]+([a-z])[^>]*><title>([^:]*)/g)]
        .filter(([, , of]) => of === name)
        .map(([, shape]) => shape);
    expect([shapesOf('a &amp; b'), shapesOf('b')]).toEqual([
      ['a', 'a'],
      ['h', 'h'],
    ]);
    expect(two.match(/stroke-dasharray/g)).toHaveLength(2);
  });

  test('cuts bands off where nothing can be', () => {
    expect(svg).not.toContain('>120 %<');
    expect(plotBands(bands, { ...labels, categories: ['1', '2', '5'] })).toContain('>120 %<');
  });

  test('refuses to draw nothing', () => {
    expect(() => plotBands([{ name: 'a', values: [null] }], { ...labels, categories: ['1'] })).toThrow(/^bands: /);
  });
});

describe('plotBoxes(series, options)', () => {
  const series = [{ name: 'a', values: [[1, 2, 3, 4, 5, 20], []] }];
  const options = { ...labels, y: { label: 'height' }, categories: ['one', 'none'], marks: [{ y: 8, says: 'held' }] };
  const svg = plotBoxes(series, options);

  test('has quartiles as a box, whiskers to the last number within reach, and circles beyond', () => {
    expect(hints(svg)).toEqual(['a, one: 1, 2.25, 3.5, 4.75, 5']);
    expect(svg.match(/<circle/g)).toHaveLength(1);
    expect(svg).toContain('>held<');
    const [box] = /<rect x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)"[^>]*><title>/
      .exec(svg)!
      .slice(1)
      .map(Number) as [number];
    const median = Number([...svg.matchAll(/stroke-width="2.5"/g)].length);
    expect([box > 0, median]).toEqual([true, 1]);
  });

  test('refuses to draw nothing', () => {
    expect(() => plotBoxes([{ name: 'a', values: [[]] }], options)).toThrow(/^series: /);
  });
});

describe('plotRegions(tiles, options)', () => {
  const window = { left: 0, right: 2, bottom: 0, top: 1, columns: 4, rows: 2 };
  const tile = {
    title: 'a < b',
    cells: [0, 0, 1, 1, 0, 1, 1, 1],
    points: [0.5, 0.5, 1.5, 0.75, 9, 9],
    labels: [0, 1, 1],
  };
  const svg = plotRegions([tile, tile], { ...labels, window });

  test('joins the cells of a row, and draws the points within the window', () => {
    const paths = [...svg.matchAll(/<path d="([^"]*)"/g)].map(([, d]) => d ?? '');
    expect(paths.slice(0, 2)).toEqual(['M0,22h94v47h-94zM0,69h47v47h-47z', 'M94,22h94v47h-94zM47,69h141v47h-141z']);
    expect(new Set(paths.slice(2, 6))).toEqual(new Set(['M47,69h0', 'M141,45.5h0']));
    for (const text of ['a &lt; b', '>class 0<', '>class 1<']) expect(svg).toContain(text);
  });

  test('takes the colours that were asked for: four classes, four fills, in each set', () => {
    const four = { ...tile, cells: [0, 1, 2, 3, 0, 1], points: [0, 0, 0, 0, 0, 0, 0, 0], labels: [0, 1, 2, 3] };
    const fills = colourMaps.map((colours) => {
      const drawn = plotRegions([four], { ...labels, window: { ...window, rows: 2, columns: 3 }, colours });
      return new Set(drawn.match(/fill="#[0-9a-f]{6}"/g));
    });
    expect(fills.map((set) => set.size)).toEqual(colourMaps.map(() => fills[0]!.size));
    expect(new Set(fills.map((set) => [...set].join())).size).toBe(colourMaps.length);
    expect(plotRegions([tile], { ...labels, window, colours: 'Accent' })).toContain('#beaed4');
    expect(() => plotRegions([tile], { ...labels, window, colours: 'jet' as never })).toThrow(
      /^colours: expected one of/,
    );
  });

  test('refuses no tiles, and cells that do not fill the window', () => {
    expect(() => plotRegions([], { ...labels, window })).toThrow(/^tiles: /);
    expect(() => plotRegions([{ ...tile, cells: [0] }], { ...labels, window })).toThrow(
      /expected 2 x 4 cells but received 1$/,
    );
  });
});
