import { describe, expect, test } from 'vitest';
import { plotChangeHistogram, plotGraphs, plotHeat, plotImages } from '../../src/report/index.js';
import { elementsOf, titlesOf, wellFormed } from '../support/svg.js';

const options = { title: 'T' };

describe('plotChangeHistogram(nodes, options)', () => {
  const shared = { title: 'T', subtitle: 'S', tolerances: { low: -1e-5, high: 1e-5 }, unit: 'nats' };
  const plot = (changes: readonly number[]): string =>
    plotChangeHistogram(
      changes.map((change) => ({ change })),
      shared,
    );
  /** Behind the background and the three keys. */
  const bars = (svg: string) => elementsOf(svg, 'rect').slice(4);

  test('counts every node once, and both ends of the tolerances as zero', () => {
    const svg = plot([-0.3, -0.3, -1.01e-5, -1e-5, 0, 1e-5, 1.01e-5, 0.02, Number.NaN]);
    expect(svg).toMatch(wellFormed);
    const counts = titlesOf(svg).map((title) => Number(title.match(/^\d+/)));
    expect(counts.reduce((a, b) => a + b)).toBe(8);
    for (const text of ['>3 important', '>3 zero', '>2 worse', '>nodes<', '>change of loss (nats)<']) {
      expect(svg).toContain(text);
    }
  });

  test('draws heights that are proportional to the counts', () => {
    const heights = bars(plot([-0.1, -0.1, -0.1, 0, 0])).map(({ height }) => Number(height));
    expect(heights[0]! / heights[1]!).toBeCloseTo(3 / 2, 2);
  });

  test('counts in whole nodes', () => {
    for (const most of [1, 2, 3, 4, 7]) expect(plot(Array(most).fill(-0.1))).not.toMatch(/>\d+\.\d+</);
  });

  test('puts a bar around the changes that it counts, one a third of a power of ten', () => {
    const says = titlesOf(plot([0.5, 0.05]));
    expect(says).toEqual(['1 node: 0.464 to 1 nats', '1 node: 0.0464 to 0.100 nats']);
  });

  test('leaves powers of ten out where their labels would touch', () => {
    const labels = (changes: readonly number[]) =>
      plot(changes).match(/>\u2212?10[\u2070-\u209f\u00b2\u00b3\u00b9]+</g);
    expect(labels([-0.2, 0.02])).toHaveLength(7);
    expect(labels([-0.2, 0.2])).toHaveLength(4);
    expect(labels([-20, 20])).toHaveLength(6);
  });

  test('works without tolerances and refuses no nodes', () => {
    const none = { ...shared, tolerances: { low: 0, high: 0 } };
    expect(plotChangeHistogram([{ change: 0 }, { change: -2e-3 }], none)).toMatch(wellFormed);
    expect(() => plot([])).toThrow('at least one');
  });
});

describe('plotGraphs(graphs, options)', () => {
  const kernels = [
    [
      [1, -2],
      [0, 0.5],
      [4, 0],
    ],
    [[-1], [2]],
  ];
  const svg = plotGraphs([{ name: 'one', kernels }], options);

  test('numbers the nodes in columns from 1 on', () => {
    expect(svg).toMatch(wellFormed);
    const nodes = elementsOf(svg, 'circle');
    expect(nodes).toHaveLength(6);
    expect(new Set(nodes.map(({ cx }) => cx)).size).toBe(3);
    for (let number = 1; number <= 6; number++) expect(svg).toContain(`>${number}</text>`);
  });

  test('has an edge for each weight but 0, as wide as it is large, in the colour of its sign', () => {
    const edges = elementsOf(svg, 'line').slice(2);
    expect(titlesOf(svg)).toEqual(['1 to 4: 1', '1 to 5: -2', '2 to 5: 0.500', '3 to 4: 4', '4 to 6: -1', '5 to 6: 2']);
    expect(edges.map((edge) => Number(edge['stroke-width']) / Number(edges[3]!['stroke-width']))).toEqual(
      [1, 2, 0.5, 4, 1, 2].map((size) => expect.closeTo(size / 4, 2)),
    );
    expect(new Set([0, 2, 3, 5].map((i) => edges[i]!.stroke)).size).toBe(1);
    expect(edges[1]!.stroke).not.toBe(edges[0]!.stroke);
  });

  test('has one scale for all its graphs and refuses none', () => {
    const half = kernels.map((kernel) => kernel.map((row) => row.map((weight) => weight / 2)));
    const both = plotGraphs(
      [
        { name: 'one', kernels },
        { name: 'half', kernels: half },
      ],
      options,
    );
    const widths = elementsOf(both, 'line')
      .slice(2)
      .map((edge) => Number(edge['stroke-width']));
    expect(widths[9]! / widths[3]!).toBeCloseTo(1 / 2, 2);
    expect(() => plotGraphs([], options)).toThrow('at least one');
    expect(() => plotGraphs([{ name: '', kernels: [] }], options)).toThrow('with weights');
  });
});

/** Which pixels are drawn in which colour, from the paths of runs. */
function painted(svg: string): Map<string, string> {
  const pixels = new Map<string, string>();
  for (const { d = '', fill = '' } of elementsOf(svg, 'path')) {
    for (const [, x, y, run] of d.matchAll(/M(\d+),(\d+)h(\d+)v1h-\d+z/g)) {
      for (let i = 0; i < Number(run); i++) pixels.set(`${Number(x) + i},${y}`, fill);
    }
  }
  return pixels;
}
const picture = (values: readonly number[]) => ({ says: 'p', width: 3, height: 2, values });

describe('plotImages(images, options) and plotHeat(maps, options)', () => {
  test('paint each pixel by its number: black at 0, white at the most of all images', () => {
    const svg = plotImages([picture([0, 4, 4, 2, 0, 1])], options);
    expect(svg).toMatch(wellFormed);
    const pixels = painted(svg);
    expect([pixels.get('0,0'), pixels.get('1,0'), pixels.get('2,0')]).toEqual([
      undefined,
      'rgb(255,255,255)',
      'rgb(255,255,255)',
    ]);
    const greys = ['2,0', '0,1', '2,1'].map((place) => Number(pixels.get(place)?.match(/\d+/)));
    expect(greys).toEqual([...greys].sort((a, b) => b - a));
    expect(elementsOf(plotImages([picture([0, 0, 0, 0, 0, 0])], options), 'path')).toEqual([]);
  });

  test('paint relevance white at 0, blue above, orange below, as deep as it is large', () => {
    const svg = plotHeat([picture([0, 2, 1, -2, -1, 0])], { ...options, legend: 'share' });
    expect(svg).toMatch(wellFormed);
    const channels = (place: string) => painted(svg).get(place)?.match(/\d+/g)?.map(Number) ?? [255, 255, 255];
    expect(channels('0,0')).toEqual([255, 255, 255]);
    expect(channels('1,0')[2]!).toBeGreaterThan(channels('1,0')[0]!);
    expect(channels('0,1')[0]!).toBeGreaterThan(channels('0,1')[2]!);
    expect(channels('1,0')[0]!).toBeLessThan(channels('2,0')[0]!);
    for (const text of ['>share<', '>\u22122<', '>2<']) expect(svg).toContain(text);
    expect(plotHeat([picture([0, 2, 1, 2, 1, 0])], { ...options, legend: 'share' })).toContain('>0<');
  });

  test('refuse no picture, and one without pixels', () => {
    expect(() => plotImages([], options)).toThrow('at least one');
    expect(() => plotHeat([{ says: '', width: 0, height: 0, values: [] }], { ...options, legend: '' })).toThrow(
      'empty',
    );
  });
});
