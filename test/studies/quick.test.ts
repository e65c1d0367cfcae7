import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatReport } from '../../src/report/index.js';
import {
  runStudy,
  type StudyName,
  type StudyOptions,
  studyDocument,
  studyFiles,
  studyNames,
} from '../../src/studies/index.js';
import { temporaryFolder } from '../support/cli.js';

const folder = temporaryFolder();
const before = process.env.SECATEUR_CACHE;
beforeAll(() => {
  process.env.SECATEUR_CACHE = mkdtempSync(join(tmpdir(), 'secateur-studies-'));
});
afterAll(() => {
  if (before === undefined) delete process.env.SECATEUR_CACHE;
  else process.env.SECATEUR_CACHE = before;
});

/** What each study is run with here, and the figures that it then draws. A study that is not here does not compile. */
const smaller: Readonly<Record<StudyName, StudyOptions & { readonly figures: number }>> = {
  'ablation-importance': { options: { networks: ['single'], basis: ['train'] }, figures: 2 },
  'importance-propagation': { figures: 1 },
  'weight-vs-unit': { figures: 2 },
  'lrp-toy': { options: { toyDataset: ['moon'], samplesPerClass: [5] }, figures: 4 },
  'iris-threshold': { figures: 6 },
};

describe('a quick run of every study, on embedded data', () => {
  test.each(studyNames)('%s publishes, and again from its journal alone', async (name) => {
    const { figures, ...own } = smaller[name];
    const options = { quick: true, trials: 1, journal: join(folder, `${name}.journal`), ...own };
    const run = runStudy(name, options);
    const seconds: number[] = [];
    for await (const event of run) if (event.type === 'trial') seconds.push(event.seconds);
    // Each has trained something, and said so in the time of it.
    expect(Math.min(...seconds)).toBeGreaterThan(0.01);
    const report = await run.report();
    expect(report.tables.every(({ rows }) => rows.length > 0)).toBe(true);
    expect(report.tables.length).toBeGreaterThan(0);
    expect(studyFiles(report).filter((file) => file.name.endsWith('.svg'))).toHaveLength(figures);
    const page = await formatReport(studyDocument(report));
    for (const { title } of report.tables) expect(page).toContain(title.replaceAll('&', '&amp;'));
    const again = runStudy(name, options);
    const told: string[] = [];
    for await (const { type } of again) if (type === 'trial') told.push(type);
    expect([told, await again.report()]).toEqual([[], report]);
  });
});
