import { expect, test } from 'vitest';
import { formatCsv } from '../../src/report/index.js';

test('formatCsv(headers, rows) quotes commas, quotes and line ends, and nothing else', () => {
  const rows = [
    ['dense_1', 3, -1.5e-7],
    ['a,b', 'say "x"', 'two\nlines'],
    ['/dense 2', null, ''],
  ];
  expect(formatCsv(['layer', 'node', 'change'], rows)).toBe(
    'layer,node,change\ndense_1,3,-1.5e-7\n"a,b","say ""x""","two\nlines"\n/dense 2,,\n',
  );
});
