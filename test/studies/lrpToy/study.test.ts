import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type DoneTrial,
  type Json,
  runStudy,
  type StudyReport,
  saveStudy,
  studies,
  studyDocument,
} from '../../../src/studies/index.js';
import type { Outcome, Trial } from '../../../src/studies/lrpToy/grid.js';
import { parseLog } from '../../../src/studies/lrpToy/log.js';
import { temporaryFolder } from '../../support/cli.js';

const folder = temporaryFolder();
const before = process.env.SECATEUR_CACHE;
beforeAll(() => {
  process.env.SECATEUR_CACHE = mkdtempSync(join(tmpdir(), 'secateur-toy-'));
});
afterAll(() => {
  if (before === undefined) delete process.env.SECATEUR_CACHE;
  else process.env.SECATEUR_CACHE = before;
});

const run = (options: Record<string, never | unknown>, more = {}): Promise<StudyReport> =>
  runStudy('lrp-toy', { quick: true, options: options as never, ...more }).report();

/** The same of networks that learn for two epochs only: enough for what is true of any network. */
async function hasty(options: Record<string, unknown>): Promise<Pick<StudyReport, 'trials' | 'cells' | 'files'>> {
  const study = studies['lrp-toy'];
  const settings = { trials: null, quick: true, asPublished: false, seed: 0, options: options as never };
  const done: DoneTrial<Json, Json>[] = [];
  for (const trial of study.trials(settings)) {
    const short = { ...(trial as Trial), epochs: 2 };
    done.push({ trial: short, outcome: await study.run(short, { signal: undefined, tell: () => {} }) });
  }
  return { trials: done, ...(await study.publish(done, settings)) };
}

const published = { variants: ['as-published'] };
const outcomesOf = ({ trials }: Pick<StudyReport, 'trials'>): { trial: Trial; outcome: Outcome }[] => trials as never;

describe('the toy study', () => {
  test('shows what any right run of mult as published must show', async () => {
    const report = await hasty({ ...published, toyDataset: ['mult'], noise: [0, 0.3], ranks: true });
    const [{ trial, outcome }] = outcomesOf(report) as [{ trial: Trial; outcome: Outcome }];
    const { cells, intact, samples } = outcome;
    expect(cells).toHaveLength(4 * trial.sizes.length);
    // Every run removes a third of the units.
    for (const { lost } of cells) expect(lost.reduce((a, b) => a + b)).toBeCloseTo(trial.hidden, 9);
    // With one sample a class all four are the origin: one is right, and all seeds prune the same units.
    expect(samples.tests[0]).toEqual([4, 20, 80]);
    expect(intact.tests[0]![0]).toEqual([1, 1, 1, 1]);
    for (const { train, tests } of cells.filter(({ perClass }) => perClass === 1)) {
      expect(tests[0]).toEqual([1, 1, 1, 1]);
      expect(new Set(train).size).toBe(1);
    }
    // Pruning by weights looks at no sample: one number on the training samples, and the noisy test knows no size.
    const weights = cells.filter(({ criterion }) => criterion === 'weight');
    expect(new Set(weights.flatMap(({ train }) => train)).size).toBe(1);
    expect(new Set(weights.map(({ tests }) => tests[1]!.join())).size).toBe(1);
    expect(new Set(intact.tests[1]!.map((right) => right.join())).size).toBe(1);
    expect(samples.tests[1]).toEqual([500, 500, 500]);
    expect(report.files.map(({ name }) => name)).toEqual([
      ...['accuracy.csv', 'accuracy-mult-as-published-train.svg', 'accuracy-mult-as-published-test.svg'],
      ...['accuracy-mult-as-published-test-noise-0.3.svg', 'boxes-mult-as-published.svg'],
      ...['ranks-mult-as-published-0.csv', 'regions-mult-as-published-0.svg'],
    ]);
    expect(report.cells).toEqual([]);
    // Training samples do not depend on the noise, nor on what else is asked for.
    const alone = await hasty({ ...published, toyDataset: ['mult'], samplesPerClass: [5], toyCriterion: ['lrp'] });
    const told = cells.find(({ criterion, perClass }) => criterion === 'lrp' && perClass === 5)!;
    expect(outcomesOf(alone)[0]!.outcome.cells[0]).toEqual({ ...told, tests: [told.tests[0]] });
  });

  test('reads its own log as it has written it, and finds the same', async () => {
    const [log, ranks] = [join(folder, 'logs', 'log.txt'), join(folder, 'ranks.txt')];
    const few = { ...published, toyDataset: ['moon'], samplesPerClass: [1, 5] };
    const report = await run({ ...few, log });
    await saveStudy(report, null);
    await expect(saveStudy(report, log)).rejects.toMatchObject({ code: 'ERR_IO' });
    const lines = parseLog(readFileSync(log, 'utf8'), log);
    expect(lines).toHaveLength(4 * 2 * 4 * 4);
    const again = await run({ fromLog: log });
    expect(again.trials).toEqual([]);
    const ownTables = report.tables.filter(({ name }) => name.startsWith('accuracy'));
    expect(again.tables.map(({ rows }) => rows)).toEqual(ownTables.map(({ rows }) => rows));
    const ranked = await run({ ...few, ranks: true, log: ranks });
    await saveStudy(ranked, join(folder, 'out'));
    expect(
      parseLog(readFileSync(ranks, 'utf8'), ranks).filter(({ scenario }) => scenario === 'rankselection'),
    ).toHaveLength(32);
    const fromRanks = await run({ fromLog: ranks });
    const csvOf = ({ files }: StudyReport) => files.find(({ name }) => name.startsWith('ranks'))!.content;
    expect(csvOf(fromRanks)).toBe(csvOf(ranked));
    // What has a place of its own is not in the report.
    const kept: StudyReport = JSON.parse(readFileSync(join(folder, 'out', 'report.json'), 'utf8'));
    expect(kept.files).toEqual(ranked.files.filter(({ path }) => path === undefined));
  });

  test('goes on from a journal, from kept networks and without either with the same report', async () => {
    const journal = join(folder, 'toy.journal');
    const options = { toyDataset: ['moon'], samplesPerClass: [5], toyCriterion: ['lrp', 'weight'] };
    const events = runStudy('lrp-toy', { quick: true, trials: 2, options, journal });
    for await (const { type } of events) if (type === 'trial') break;
    const resumed = runStudy('lrp-toy', { quick: true, trials: 2, options, journal });
    const kept: unknown[] = [];
    for await (const event of resumed) if (event.type === 'start') kept.push(event.kept);
    expect(kept).toEqual([1]);
    const report = await resumed.report();
    expect(await run(options, { trials: 2 })).toEqual(report);
    process.env.SECATEUR_CACHE = mkdtempSync(join(tmpdir(), 'secateur-toy-'));
    expect((await run(options)).trials).toEqual(report.trials.slice(0, 1));
  });

  test('draws the four figures of a run under the names of its log', async () => {
    const render = join(folder, 'figures');
    const report = await run({
      variants: ['corrected'],
      toyDataset: ['moon'],
      toyCriterion: ['lrp'],
      samplesPerClass: [5],
      render,
      colormap: 'Accent',
    });
    const names = studyDocument(report).facts.map(([name]) => name);
    expect(names).toContain('variants');
    expect(names).not.toContain('quirks of the publication');
    const drawn = report.files.filter(({ path }) => path !== undefined);
    expect(drawn.map(({ path }) => path)).toEqual(
      ['pre', 'post'].flatMap((stage) =>
        ['train', 'test'].map((scenario) =>
          join(render, `dataset:moon-criterion:lrp-n:10-s:0-scenario:${scenario}-stage:${stage}.svg`),
        ),
      ),
    );
    for (const { content } of drawn) expect(content).toContain('#7fc97f');
  });

  test('has the published scale by default: 12 x 8 x 50 runs of two networks', () => {
    const settings = { trials: 3, quick: false, asPublished: true, seed: 0, options: {} };
    const trials = studies['lrp-toy'].trials(settings) as unknown as Trial[];
    expect(trials).toHaveLength(2 * 3 * 3);
    for (const { hidden, sizes, seeds, criteria } of trials) {
      expect([hidden, sizes.join(), seeds, criteria.length]).toEqual([1000, '1,2,5,10,20,50,100,200', 50, 4]);
    }
    const multOf = (all: readonly Trial[]) => all.find(({ dataset }) => dataset === 'mult')!;
    expect(multOf(trials)).toMatchObject({ epochs: 1000, shuffle: false });
    const random = studies['lrp-toy'].trials({ ...settings, options: { multBatches: 'random' } }) as unknown as Trial[];
    expect(multOf(random)).toMatchObject({ epochs: 250, shuffle: true });
  });

  test('refuses what a log that is only read does not have, and places that nothing can be written to', async () => {
    await expect(run({ fromLog: 'log.txt', render: folder })).rejects.toThrow(
      /from-log: nothing is run, so that --render/,
    );
    await expect(run({ fromLog: 'log.txt' }, { trials: 2 })).rejects.toThrow(/so that --trials would do nothing/);
    await expect(run({ fromLog: 'log.txt' }, { asPublished: true })).rejects.toThrow(/so that --as-published would/);
    const file = join(folder, 'file');
    writeFileSync(file, '');
    for (const option of [{ render: file }, { log: join(file, 'log.txt') }, { log: folder }]) {
      const events = runStudy('lrp-toy', { quick: true, options: option });
      await expect(events[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'ERR_IO' });
    }
  });

  test.each([
    ['toyDataset', 'sun', /toy-dataset: expected one of moon, circle, mult/],
    ['samplesPerClass', '5,0', /samples-per-class: expected positive integers/],
    ['noise', '-1', /noise: expected numbers of at least 0/],
    ['noise', '', /noise: expected/],
    ['noise', '0,0.0', /noise: expected each value once but received "0,0.0"/],
    ['toyDataset', 'moon, moon', /toy-dataset: expected each value once/],
    ['multBatches', 'full', /mult-batches: expected one of ordered, random/],
    ['colormap', 'jet', /colormap: expected one of okabe-ito/],
  ])('refuses %s %s', (name, text, message) => {
    expect(() => studies['lrp-toy'].options[name]!.parse(text)).toThrow(message);
  });
});
