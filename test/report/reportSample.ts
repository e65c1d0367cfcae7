import { plotGraphs, plotLines, type ReportDocument } from '../../src/report/index.js';

/** Text that would end an element or start one, were it not escaped. */
export const hostile = '</script><script>document.title = "taken"</script><!-- \u2028';

const figures = [
  {
    name: 'lines.svg',
    svg: plotLines(
      ['one', 'two'].map((name, k) => ({ name, points: [0, 1, 2, 3, 4].map((x) => ({ x, y: (x - k) ** 2 / 16 })) })),
      {
        title: 'Lines',
        x: { label: 'across' },
        y: { label: 'up', format: 'percent' },
        marks: [{ x: 2, says: 'here' }],
      },
    ),
  },
  {
    name: 'graph.svg',
    svg: plotGraphs(
      [
        {
          name: 'net',
          kernels: [
            [
              [1, -2],
              [0.5, 0],
            ],
            [[1], [-1]],
          ],
        },
      ],
      { title: 'Graph' },
    ),
  },
];

/** A small report with everything in it. */
export const sample: ReportDocument = {
  title: `Report ${hostile}`,
  lead: 'of a test',
  facts: [
    ['seed', '0'],
    ['a name that is rather long', hostile],
  ],
  notes: ['one finding', hostile],
  tables: [
    {
      title: 'Numbers',
      headers: ['', 'count', 'share', 'verdict'],
      rows: [
        ['b', 10, 0.5, 'inside'],
        ['a', 9, -1e-7, 'outside'],
        ['c', 100, null, hostile],
      ],
    },
    {
      title: 'A wide table',
      headers: Array.from({ length: 20 }, (_, i) => `column number ${i}`),
      rows: [Array.from({ length: 20 }, (_, i) => i * 1.5)],
    },
  ],
  figures,
  data: { hostile, numbers: [1, 2.5] },
};
