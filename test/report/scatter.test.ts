import { describe, expect, test } from 'vitest';
import { plotScatter, plotScatterMatrix } from '../../src/report/index.js';
import { elementsOf, titlesOf, wellFormed } from '../support/svg.js';

const groups = [
  { name: 'a & b', points: [0, 1, 2].map((x) => ({ x, y: 10 * x })) },
  { name: 'c', points: [{ x: 1, y: 5, says: 'the one' }] },
];
const panel = { x: { label: 'width (cm)' }, y: { label: 'height (cm)' }, groups };
const options = { title: 'A <title>', subtitles: ['one line'] };
/** Where a dot of the first class stands: its path starts at its left end. */
const circles = (svg: string): number[][] =>
  [...svg.matchAll(/<path d="M([\d.]+),([\d.]+)a3.5[^>]*>(?=<title)/g)].map(([, x, y]) => [Number(x), Number(y)]);

describe('plotScatter(panels, options)', () => {
  const svg = plotScatter([panel], options);

  test('puts points where their numbers are, and tells them', () => {
    expect(svg).toMatch(wellFormed);
    const [first, second, third] = circles(svg) as [number[], number[], number[]];
    expect(second[0]! - first[0]!).toBeCloseTo(third[0]! - second[0]!, 1);
    expect(first[1]! - second[1]!).toBeCloseTo(second[1]! - third[1]!, 1);
    expect([third[0]! > first[0]!, third[1]! < first[1]!]).toEqual([true, true]);
    expect(titlesOf(svg)).toEqual(['a &amp; b: 0, 0', 'a &amp; b: 1, 10', 'a &amp; b: 2, 20', 'the one']);
    for (const text of ['A &lt;title&gt;', 'one line', '>a &amp; b<', '>width (cm)<', '>height (cm)<']) {
      expect(svg).toContain(text);
    }
  });

  test('gives several panels the same looks, side by side, apart', () => {
    const four = plotScatter([panel, panel, panel, panel], options);
    const dots = circles(four);
    expect(dots).toHaveLength(12);
    const lefts = [0, 3, 6, 9].map((i) => dots[i]!);
    expect([lefts[0]![0], lefts[1]![0]]).toEqual([lefts[2]![0], lefts[3]![0]]);
    expect(lefts[1]![0]! - lefts[0]![0]!).toBeGreaterThan(160);
    expect(lefts[2]![1]! - lefts[0]![1]!).toBeGreaterThan(200);
    const bases = elementsOf(four, 'line').filter(({ y1, y2, x1, x2 }) => y1 === y2 && Number(x2) - Number(x1) > 100);
    expect(Math.max(...bases.map(({ x2 }) => Number(x2)))).toBeLessThan(440);
  });

  test('gives nodes the colours of their classes, in points and keys', () => {
    const classes = ['important', 'zero', 'worse'].map((name, i) => ({ name, points: [{ x: i, y: i }] }));
    const fills = elementsOf(plotScatter([{ ...panel, groups: classes }], options), 'path').map(({ fill }) => fill);
    expect(fills).toEqual(['#0072b2', '#7f7f7f', '#d55e00', '#0072b2', '#7f7f7f', '#d55e00']);
  });

  test('leaves out points without numbers, and refuses to draw none', () => {
    const holes = { ...panel, groups: [{ name: 'a', points: [...groups[0]!.points, { x: Number.NaN, y: 1 }] }] };
    expect(circles(plotScatter([holes], options))).toHaveLength(3);
    expect(() => plotScatter([], options)).toThrow('at least one');
    expect(() => plotScatter([{ ...panel, groups: [] }], options)).toThrow('at least one point');
  });
});

describe('plotScatterMatrix(table, options)', () => {
  const rows = [
    [0, 0, 1],
    [1, 2, 1],
    [2, 4, 0],
  ];
  const table = { columns: ['one', 'two', 'three'], rows, classes: ['x', 'y', 'x'] };
  const svg = plotScatterMatrix(table, options);

  test('has every pair of columns, a path a class, and the names on the diagonal', () => {
    expect(svg).toMatch(wellFormed);
    expect(elementsOf(svg, 'rect').filter(({ fill }) => fill === 'none')).toHaveLength(9);
    const paths = elementsOf(svg, 'path').map(({ d }) => d!.match(/M/g)?.length);
    expect(paths).toEqual(Array.from({ length: 6 }, () => [2, 1]).flat());
    for (const name of [...table.columns, 'x', 'y']) expect(svg).toContain(`>${name}<`);
  });

  test('places points by their numbers: one column against its double is a straight line', () => {
    const points = [...svg.matchAll(/M([\d.]+),([\d.]+)h0/g)].slice(0, 3).map(([, x, y]) => [Number(x), Number(y)]);
    const [a, c, b] = points as [number[], number[], number[]];
    expect(b[0]! - a[0]!).toBeCloseTo(c[0]! - b[0]!, 1);
    expect(a[1]! - b[1]!).toBeCloseTo(b[1]! - c[1]!, 1);
  });

  test('refuses what is no table', () => {
    expect(() => plotScatterMatrix({ ...table, rows: [], classes: [] }, options)).toThrow('at least one row');
    expect(() => plotScatterMatrix({ ...table, columns: ['one'] }, options)).toThrow('two columns');
  });
});
