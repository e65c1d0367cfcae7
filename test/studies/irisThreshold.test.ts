import { beforeAll, describe, expect, test } from 'vitest';
import { runStudy, type StudyReport } from '../../src/studies/index.js';
import { peerRuns } from '../support/irisPeer.js';

interface Outcome {
  readonly before: number;
  readonly losses: readonly number[];
  readonly precisions: readonly number[];
  readonly zeros: readonly number[];
  readonly largest: number;
  readonly reported: { readonly threshold: number; readonly zeros: number } | null;
  readonly firstFall: { readonly threshold: number; readonly zeros: number } | null;
}

describe('the study of weight thresholding on Iris', () => {
  let report: StudyReport;
  beforeAll(async () => {
    report = await runStudy('iris-threshold', { trials: 3 }).report();
  });

  test('finds seed by seed what scikit-learn finds from the same start and split', () => {
    const { trials, tables, files } = report;
    for (const [i, { outcome }] of trials.entries()) {
      const { before, zeros, largest, reported } = outcome as never as Outcome;
      const peer = peerRuns[i]!;
      expect(before).toBe(peer.before);
      // A cutoff is one of 1000 thresholds: that of the next one would be largest / 999 away.
      expect(Math.abs(reported!.threshold - peer.cutoff!)).toBeLessThan(largest / 999 / 10);
      expect(reported!.zeros).toBe(peer.zeros);
      expect([zeros.length, zeros[0], zeros.at(-1)! >= reported!.zeros]).toEqual([1000, 0, true]);
    }
    const graph = files.find(({ name }) => name === 'network.svg');
    // Before the cut all 38 weights are edges; behind it 35 less those that are gone, and the three of the last layer.
    const gone = (trials[0]!.outcome as never as Outcome).reported!.zeros;
    expect(graph!.content.match(/<title>/g)).toHaveLength(38 + 38 - gone);
    expect(tables.map(({ name }) => name)).toEqual(['networks', 'summary']);
    expect(files.map(({ name }) => name)).toEqual(
      ['flowers', 'flowers-matrix', 'loss', 'precision-threshold', 'zeros-threshold', 'network'].map(
        (name) => `${name}.svg`,
      ),
    );
  });

  test('tells the first fall apart from what was reported, where precision recovers', () => {
    const { precisions, zeros, largest, reported, firstFall } = report.trials[0]!.outcome as never as Outcome;
    const bad = precisions.findIndex((precision) => precision <= 0.9);
    const good = precisions.filter((precision) => precision > 0.9).length;
    expect(firstFall).toEqual({ threshold: (largest * bad) / 999, zeros: zeros[bad] });
    expect(reported).toEqual({ threshold: (largest * good) / 999, zeros: zeros[good] });
    expect(bad).toBeLessThan(good);
  });
});
