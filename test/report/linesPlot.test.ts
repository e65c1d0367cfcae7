import { describe, expect, test } from 'vitest';
import { type LinesPlotOptions, plotLines } from '../../src/report/index.js';

const options: LinesPlotOptions = {
  title: 'A <title>',
  subtitles: ['one line'],
  x: { label: 'share', format: 'percent' },
  y: { label: 'height' },
};
const lines = [
  {
    name: 'a & b',
    points: [
      { x: 0, y: 0 },
      { x: 0.5, y: 5 },
      { x: 1, y: 10 },
    ],
  },
  {
    name: 'gap',
    points: [
      { x: 0, y: 3 },
      { x: 0.5, y: null },
      { x: 1, y: 4 },
    ],
  },
];
const curves = (svg: string): string[] => [...svg.matchAll(/<path d="([^"]*)" fill="none"/g)].map(([, d]) => d ?? '');
const numbers = (d: string): number[] => (d.match(/-?[\d.]+/g) ?? []).map(Number);

describe('plotLines(lines, options)', () => {
  const svg = plotLines(lines, options);

  test('is one standalone document with a curve and a key for each line', () => {
    expect(svg).toMatch(/^<svg xmlns=/);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    for (const text of ['A &lt;title&gt;', 'one line', 'a &amp; b', '>share<', '>height<', '>40 %<', '>10<']) {
      expect(svg).toContain(text);
    }
    expect(curves(svg)).toHaveLength(2);
  });

  test('puts points where their numbers are: equal steps are equal distances, more is further up', () => {
    const [x0, y0, x1, y1, x2, y2] = numbers(curves(svg)[0]!) as [number, number, number, number, number, number];
    expect([x1 - x0, y0 - y1]).toEqual([x2 - x1, y1 - y2]);
    expect(x1).toBeGreaterThan(x0);
    expect(y1).toBeLessThan(y0);
  });

  test('leaves gaps', () => {
    expect(curves(svg)[1]?.match(/M/g)).toHaveLength(2);
    expect(curves(svg)[1]).not.toContain('L');
  });

  test('marks places, heights and both', () => {
    const marked = plotLines(lines, {
      ...options,
      marks: [
        { x: 0.3, says: 'X' },
        { y: 20, says: 'Y' },
        { x: 0.5, y: 5, says: 'P' },
      ],
    });
    for (const text of ['>X<', '>Y<', '>P<', '>20<']) expect(marked).toContain(text);
    expect(marked.match(/<circle /g)).toHaveLength(1);
  });

  test('has no legend for one line, no dots on long ones, and tells many apart', () => {
    const long = [{ name: 'long', points: Array.from({ length: 100 }, (_, x) => ({ x, y: x })) }];
    expect(plotLines(long, options)).not.toContain('>long<');
    expect(plotLines(long, options).match(/<path /g)).toHaveLength(1);
    const many = Array.from({ length: 20 }, (_, i) => ({ name: `line ${i}`, points: lines[0]!.points }));
    const looks = plotLines(many, options)
      .match(/<path d="[^"]*" fill="none"[^>]*>/g)
      ?.map((path) => path.replace(/ d="[^"]*"/, ''));
    expect(new Set(looks).size).toBe(20);
  });

  test('has ticks at round numbers for any range, also one of no width', () => {
    for (const y of [0, 7, -3, 1e-9, 2.5e7]) {
      const flat = plotLines([{ name: '', points: [{ x: 1, y }] }], options);
      expect(flat).not.toMatch(/NaN|undefined|Infinity/);
    }
    const ticks = plotLines(
      [
        {
          name: '',
          points: [
            { x: 0, y: -12_000 },
            { x: 1, y: 2.1e6 },
          ],
        },
      ],
      options,
    );
    for (const text of ['>0<', '>500k<', '>2M<', '>2.5M<', '>\u2212500k<']) expect(ticks).toContain(text);
  });

  test('gives the same bytes for the same numbers, and refuses none', () => {
    expect(plotLines(lines, options)).toBe(svg);
    expect(() => plotLines([{ name: '', points: [{ x: 0, y: null }] }], options)).toThrow('at least one point');
  });
});
