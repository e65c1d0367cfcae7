import { describe, expect, test } from 'vitest';
import { formatDuration, formatIndices, formatNumber, formatPercent, formatTable } from '../../src/report/index.js';

describe('formatTable(columns, rows)', () => {
  test('aligns columns to their widest cell, numbers to the right', () => {
    const columns = [{ header: 'layer' }, { header: 'nodes', align: 'right' }, { header: 'note' }] as const;
    const rows = [
      ['dense_1', 128, ''],
      ['out', 7, 'last'],
    ];
    expect(formatTable(columns, rows)).toBe(
      ['layer    nodes  note', '-------  -----  ----', 'dense_1    128', 'out          7  last', ''].join('\n'),
    );
  });

  test('does not count colour as width', () => {
    const rows = [['\u001b[32mok\u001b[39m', 1]];
    expect(formatTable([{ header: 'state' }, { header: 'n' }], rows).split('\n')[2]).toBe(
      '\u001b[32mok\u001b[39m     1',
    );
  });

  test('prints only the head if there are no rows', () => {
    expect(formatTable([{ header: 'a' }], [])).toBe('a\n-\n');
  });
});

describe('formatNumber(value)', () => {
  test.each([
    [0, '0'],
    [60000, '60000'],
    [0.041234, '0.0412'],
    [-0.0018, '-0.00180'],
    [-1.84e-7, '-1.84e-7'],
    [12345.678, '12346'],
    [2.5e9 + 0.5, '2.50e+9'],
    [null, '-'],
  ])('%s is %s', (value, text) => expect(formatNumber(value)).toBe(text));
});

test('formatPercent(share) has two decimals', () => {
  expect([formatPercent(0.98837), formatPercent(1), formatPercent(null)]).toEqual(['98.84 %', '100.00 %', '-']);
});

describe('formatDuration(seconds)', () => {
  test.each([
    [0.0704, '0.070 s'],
    [42.4, '42 s'],
    [59.7, '1 min 0 s'],
    [200, '3 min 20 s'],
    [7500, '2 h 5 min'],
  ])('%s is %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));
});

test('formatIndices(indices) joins runs', () => {
  expect(formatIndices([0, 1, 2, 3, 7, 9, 10])).toBe('0-3,7,9-10');
  expect(formatIndices([])).toBe('');
});
