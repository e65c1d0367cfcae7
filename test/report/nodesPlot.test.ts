import { DOMParser } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { type PlottedNode, plotNodes } from '../../src/report/index.js';

const node = (layer: string, index: number, change: number): PlottedNode => {
  const name = change > 1e-5 ? 'worse' : change < -1e-5 ? 'important' : 'zero';
  return { layer, node: index, change, class: name };
};
const options = { title: 'Nodes', tolerances: { low: -1e-5, high: 1e-5 }, unit: 'nats' };
const two = [node('a', 0, -0.1), node('a', 1, 0), node('a', 2, 0.01), node('b', 0, -1e-3), node('b', 1, 2e-6)];

const read = (svg: string) => new DOMParser().parseFromString(svg, 'image/svg+xml');
const circles = (svg: string): string[] => svg.match(/<circle [^>]*>/g) ?? [];
const attribute = (name: string, element: string): string => element.match(new RegExp(` ${name}="([^"]*)"`))?.[1] ?? '';

/** Dots of the nodes; the three circles of the legend stand before them. */
const dots = (svg: string) =>
  circles(svg)
    .slice(3)
    .map((circle) => ({
      x: Number(attribute('cx', circle)),
      y: Number(attribute('cy', circle)),
      fill: attribute('fill', circle),
    }));

describe('plotNodes(nodes, options)', () => {
  test('is one standalone SVG with a white background and its own font', async () => {
    const svg = await plotNodes(two, options);
    expect(svg).toMatch(
      /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="\d+" height="\d+" viewBox="0 0 \d+ \d+" font-family=/,
    );
    expect(svg).toMatch(/<rect width="\d+" height="\d+" fill="#ffffff"\/>/);
    expect(svg).not.toMatch(/<figure|NaN|undefined|Infinity/);
    expect(svg.match(/<style>@media screen and \(prefers-color-scheme:dark\)/g)).toHaveLength(1);
    expect(svg.match(/<style/g)).toHaveLength(1);
    expect(svg).toContain('<title>node 0: \u22120.100 nats</title>');
    expect(read(svg).querySelectorAll('svg svg')).toHaveLength(2);
  });

  test('draws a dot a node, sorted by change within its layer, in the colour of its class', async () => {
    const drawn = dots(await plotNodes(two, options));
    expect(drawn.map(({ fill }) => fill)).toEqual(['#0072b2', '#7f7f7f', '#d55e00', '#0072b2', '#7f7f7f']);
    const [a0, a1, a2, b0] = drawn as [(typeof drawn)[0], (typeof drawn)[0], (typeof drawn)[0], (typeof drawn)[0]];
    expect(a0.x).toBeLessThan(a1.x);
    expect(a1.x).toBeLessThan(a2.x);
    expect(a0.y).toBeGreaterThan(a1.y);
    expect(a1.y).toBeGreaterThan(a2.y);
    expect(b0.y).toBeLessThan(a0.y);
  });

  test('is logarithmic beyond the tolerances, with their size as the unit', async () => {
    const nodes = [-1e-1, -1e-2, -1e-3].map((change, i) => node('a', i, change));
    const [y1, y2, y3] = dots(await plotNodes(nodes, options)).map(({ y }) => y) as [number, number, number];
    const [l1, l2, l3] = [1e4, 1e3, 1e2].map(Math.log1p) as [number, number, number];
    // Coordinates are rounded to 0.01, so each is off by 0.005; the line through two of them doubles that for one.
    expect(Math.abs(y2 - ((y1 - y2) * (l2 - l3)) / (l1 - l2) - y3)).toBeLessThanOrEqual(4 * 0.005);
  });

  test('gives the same bytes for the same rows in any order', async () => {
    const onlyA = two.slice(0, 3);
    expect(await plotNodes([...onlyA].reverse(), options)).toBe(await plotNodes(onlyA, options));
  });

  test('escapes titles and names, control characters too', async () => {
    const svg = await plotNodes([node('<&"\u0007', 0, 1)], { ...options, title: 'a < b & "c"' });
    expect(svg).toContain('>a &lt; b &amp; &quot;c&quot;</text>');
    expect(svg).toContain('>&lt;&amp;"\ufffd</text>');
  });

  test('works with one node, with equal changes and without tolerances', async () => {
    for (const change of [0, -3, 1e-12]) {
      const svg = await plotNodes([node('a', 0, change)], { ...options, tolerances: { low: 0, high: 0 } });
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      expect(dots(svg)).toHaveLength(1);
    }
  });

  test('refuses no nodes', async () => {
    await expect(plotNodes([], options)).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
  });
});
