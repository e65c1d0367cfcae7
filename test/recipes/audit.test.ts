import { describe, expect, test } from 'vitest';
import { ablate } from '../../src/ablation/index.js';
import { type CriterionName, criteria, scores } from '../../src/criteria/index.js';
import { loadDataset } from '../../src/data/index.js';
import { kendall, overlapOfLowest, spearman } from '../../src/metrics/index.js';
import { denseNetwork, initialize } from '../../src/network/index.js';
import {
  type AuditEvent,
  type AuditOptions,
  type AuditRow,
  audit,
  cheapCriteria,
  tabulateAudit,
} from '../../src/recipes/index.js';
import { judge } from '../../src/recipes/verdict.js';

const network = initialize(denseNetwork([4], [12, 9], 3), { seed: 5 });
const iris = await loadDataset('iris', { limit: 60, seed: 1 });
const engine = 'reference';
const few = ['taylor-second', 'l1', 'apoz'] as const;

const read = async (options: AuditOptions): Promise<AuditEvent[]> => {
  const events: AuditEvent[] = [];
  for await (const event of audit(network, iris, { engine, ...options })) events.push(event);
  return events;
};

describe('audit', () => {
  test('compares each criterion with what exact ablation found, layer by layer', async () => {
    const { layers } = await ablate(network, iris, { engine, cut: 'zero' }).collect();
    const { rows, layers: truth } = await audit(network, iris, { engine, cut: 'zero', criteria: few }).collect();
    expect(truth).toEqual(layers.map(({ layer, nodes }) => ({ layer, worths: nodes.map(({ change }) => 0 - change) })));
    expect(rows.map(({ criterion, layer, nodes }) => [criterion, layer, nodes])).toEqual(
      few.flatMap((criterion) => [
        [criterion, 'dense_1', 12],
        [criterion, 'dense_2', 9],
      ]),
    );
    for (const row of rows) {
      const own = (await scores(network, iris, { engine, criterion: row.criterion }).collect()).layers;
      const worth = layers.find(({ layer }) => layer === row.layer)!.nodes.map(({ change }) => 0 - change);
      const raw = own.find(({ layer }) => layer === row.layer)!.scores;
      const kept = criteria[row.criterion].keep === 'low' ? raw.map((score) => 0 - score) : raw;
      expect(row).toMatchObject({
        scores: raw,
        spearman: spearman(kept, worth),
        kendall: kendall(kept, worth),
        overlap10: overlapOfLowest(kept, worth, 0.1),
        overlap25: overlapOfLowest(kept, worth, 0.25),
        overlap50: overlapOfLowest(kept, worth, 0.5),
      });
      const clear = [...worth.keys()].filter((node) => Math.abs(worth[node]!) > 1e-5);
      const wrong = clear.filter((node) => Math.sign(kept[node]!) !== Math.sign(worth[node]!));
      expect(row.wrongSign).toBe(row.criterion === 'taylor-second' ? wrong.length / clear.length : null);
    }
  });

  test('exact ablation agrees with itself in everything', async () => {
    const { rows } = await audit(network, iris, { engine, criteria: ['ablation'] }).collect();
    for (const row of rows) {
      expect(row).toMatchObject({ spearman: 1, overlap10: 1, overlap25: 1, overlap50: 1, wrongSign: 0 });
    }
  });

  test('tells the start when the ablation is done, rows, progress, what is left out, and the verdict', async () => {
    const events = (await read({ criteria: ['l1', 'bn-scale'] })).filter(
      (event) => event.type !== 'progress' || event.what === 'auditing',
    );
    expect(events.map(({ type }) => type)).toEqual([
      'start',
      'ablated',
      'ablated',
      'audit',
      'audit',
      'progress',
      'skipped',
      'progress',
      'done',
    ]);
    expect(events[0]).toMatchObject({
      schemaVersion: 1,
      samples: 60,
      cut: 'weights',
      engine,
      lossName: 'crossentropy',
    });
    expect(events.find(({ type }) => type === 'skipped')).toMatchObject({
      criterion: 'bn-scale',
      reason: expect.stringMatching(/nothing to say about layer "dense_1"/),
    });
  });

  test('a table is the same run as one document; a run is read once', async () => {
    const run = audit(network, iris, { engine, criteria: ['l1'] });
    const table = await run.collect();
    expect(table).toMatchObject({ schemaVersion: 1, skipped: [], rows: [{ criterion: 'l1' }, { criterion: 'l1' }] });
    await expect(tabulateAudit(run)).rejects.toThrow('read before');
  });

  test('by default takes every criterion of nodes that knocks none out', () => {
    expect(cheapCriteria).toContain('taylor');
    expect(cheapCriteria).not.toContain('ablation');
    expect(cheapCriteria).not.toContain('magnitude');
  });

  test('takes a criterion that is named twice once', async () => {
    const { rows } = await audit(network, iris, { engine, criteria: ['l1', 'l1'], layers: ['dense_1'] }).collect();
    expect(rows.map(({ criterion }) => criterion)).toEqual(['l1']);
  });

  test('refuses criteria, layers and cuts that are none, before any work', () => {
    for (const options of [{ criteria: ['magnitude'] }, { layers: ['no'] }, { cut: 'deep' }]) {
      expect(() => audit(network, iris, options as unknown as AuditOptions)).toThrow(/expected/);
    }
  });
});

const row = (criterion: CriterionName, layer: string, agreement: Partial<AuditRow>): AuditRow => ({
  criterion,
  layer,
  nodes: 20,
  spearman: 0.9,
  kendall: 0.8,
  overlap10: 1,
  overlap25: 1,
  overlap50: 1,
  wrongSign: null,
  seconds: 1,
  scores: [],
  ...agreement,
});

/** Layers as exact ablation has found them: only how many nodes they have counts. */
const ablated = (...sizes: readonly (readonly [layer: string, nodes: number])[]) =>
  sizes.map(([layer, nodes]) => ({ layer, worths: Array.from({ length: nodes }, () => 0) }));
const both = ablated(['a', 20], ['b', 20]);

describe('the verdict', () => {
  test('names the cheapest criterion that agrees in every layer', () => {
    const rows = [
      row('l1', 'a', { spearman: 0.95, seconds: 0.1 }),
      row('l1', 'b', { spearman: 0.5, seconds: 0.1 }),
      row('taylor', 'a', { spearman: 0.85, seconds: 0.5 }),
      row('taylor', 'b', { seconds: 0.5 }),
      row('fisher', 'a', {}),
      row('fisher', 'b', {}),
      row('variance', 'a', { overlap25: 0.7, seconds: 0.2 }),
      row('variance', 'b', { seconds: 0.2 }),
    ];
    const { trusted, verdict } = judge(rows, both, 3);
    expect(trusted).toEqual(['taylor', 'fisher']);
    expect(verdict).toMatch(
      /^taylor is the cheapest criterion that can be trusted here: .* at least 0.85 in every layer/,
    );
    expect(verdict).toMatch(/0.50 s; exact ablation took 3.0 s/);
  });

  test('says so if none can be trusted', () => {
    const rows = [
      row('l1', 'a', { spearman: 0.3 }),
      row('l1', 'b', {}),
      row('taylor', 'a', {}),
      row('taylor', 'b', { spearman: 0.6 }),
    ];
    const { trusted, verdict } = judge(rows, both, 3);
    expect(trusted).toEqual([]);
    expect(verdict).toMatch(
      /^No cheap criterion .* The best, taylor, .* falls to 0.60 in layer b\. Use exact ablation/,
    );
    const equal = row('l1', 'a', { spearman: null, overlap25: 1 });
    expect(judge([equal], ablated(['a', 20]), 3).trusted).toEqual([]);
  });

  test('leaves small layers out, and says so if there are no others', () => {
    const rows = [row('l1', 'a', {}), row('l1', 'tiny', { nodes: 3, spearman: -1 })];
    expect(judge(rows, ablated(['a', 20], ['tiny', 3]), 3).trusted).toEqual(['l1']);
    expect(judge(rows.slice(1), ablated(['tiny', 3]), 3)).toMatchObject({
      trusted: [],
      verdict: expect.stringMatching(/^No layer has 8 nodes/),
    });
  });

  test('trusts no criterion that says nothing about one of the layers', () => {
    const rows = [row('bn-scale', 'a', { spearman: 1 }), row('taylor', 'a', {}), row('taylor', 'b', {})];
    expect(judge(rows, both, 3).trusted).toEqual(['taylor']);
    for (const few of [rows.slice(0, 1), []]) {
      expect(judge(few, both, 3)).toMatchObject({
        trusted: [],
        verdict: expect.stringMatching(/^No criterion scores every layer of 8 nodes or more\. Use exact ablation/),
      });
    }
  });
});
