import { describe, expect, test } from 'vitest';
import { plotTiles } from '../../src/report/index.js';

const tiles = {
  rows: ['taylor', 'l1 & co'],
  columns: ['conv', 'a_very_long_layer_name'],
  values: [
    [1, -0.5],
    [0, null],
  ],
};

describe('plotTiles', () => {
  const svg = plotTiles(tiles, { title: 'A <title>', subtitles: ['one line'] });

  test('is one standalone document with a tile and a number for each value', () => {
    expect(svg).toMatch(/^<svg xmlns=/);
    expect(svg.match(/<rect [^>]*rx="3"/g)).toHaveLength(4);
    for (const text of ['A &lt;title&gt;', 'one line', 'l1 &amp; co', '>1<', '>-0.50<', '>0<', '>-<']) {
      expect(svg).toContain(text);
    }
  });

  test('is blue towards 1, orange towards -1, white at 0, and shortens long names', () => {
    expect(svg).toContain('rgb(0,114,178)');
    expect(svg).toContain('rgb(234,175,128)');
    expect(svg).toContain('rgb(255,255,255)');
    expect(svg).toContain('a_very_long_\u2026');
  });

  test('breaks long lines at spaces', () => {
    const long = plotTiles(tiles, { title: 'T', subtitles: [Array(40).fill('word').join(' ')] });
    expect(long.match(/>(word ?)+</g)?.map((line) => line.length)).toEqual([56, 56, 56, 36]);
  });

  test('gives the same bytes for the same numbers, and nothing for no tiles', () => {
    expect(plotTiles(tiles, { title: 'A <title>', subtitles: ['one line'] })).toBe(svg);
    expect(() => plotTiles({ rows: [], columns: [], values: [] }, { title: '' })).toThrow('at least one');
  });
});
