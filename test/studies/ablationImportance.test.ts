import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ablate, defaultTolerances, tabulate } from '../../src/ablation/index.js';
import { loadDataset, splitDataset } from '../../src/data/index.js';
import { initialize, presets } from '../../src/network/index.js';
import { runStudy, type StudyReport } from '../../src/studies/index.js';
import { trainNetwork } from '../../src/training/index.js';
import { temporaryFolder } from '../support/cli.js';
import { folderFrom } from '../support/environment.js';

const folder = temporaryFolder();
const small = { quick: true, trials: 2, seed: 5 };
const report = (options = {}): Promise<StudyReport> =>
  runStudy('ablation-importance', { ...small, ...options }).report();

/** The counts of one trial, from the public pieces. */
async function countedByHand(seed: number, validation: boolean): Promise<number[]> {
  const all = await loadDataset('digits');
  const { first, rest } = splitDataset(all, { share: 0.15, seed: 2020 });
  const [learnt, measured] = validation ? [rest, first] : [all, all];
  const start = initialize(presets.single([8, 8, 1], 10), { seed });
  const { network } = await trainNetwork(start, learnt, { seed, epochs: 5, batch: 32 }).result();
  const { layers } = await tabulate(ablate(network, measured));
  const { low, high } = defaultTolerances;
  const changes = layers.flatMap(({ nodes }) => nodes.map(({ change }) => change));
  const zero = changes.filter((change) => change >= low && change <= high).length;
  const worse = changes.filter((change) => change > high).length;
  return [zero, worse, changes.length - zero - worse];
}

describe('the study of node importance by ablation', () => {
  test('counts what training and ablating a network by hand counts', async () => {
    const { files, trials } = await report({ options: { networks: ['single'] } });
    expect(trials.map(({ trial }) => trial)).toEqual(
      ['train', 'validation'].flatMap((basis) =>
        [5, 6].map((seed) => ({ basis, network: 'single', dataset: 'digits', seed })),
      ),
    );
    for (const [i, validation] of [false, true].entries()) {
      const rows = [await countedByHand(5, validation), await countedByHand(6, validation)];
      expect(files[i]).toEqual({
        name: `single_layer_node_importance${validation ? '_val' : ''}_digits.csv`,
        content: `,Zero Nodes,Worse Nodes,Important Nodes\n0,${rows[0]}\n1,${rows[1]}\n`,
      });
    }
  });

  test('names a file a layer as they were published, and describes each', async () => {
    const { files, tables, cells } = await report({
      trials: 1,
      options: { networks: ['multi'], basis: ['validation'] },
    });
    const names = [1, 2, 3].map((i) => `multi_layer_${i}_node_importance_val_digits.csv`);
    const figures = ['changes', 'histogram'].map((kind) => `${kind}-multi-digits-validation.svg`);
    expect(files.map(({ name }) => name)).toEqual([...names, ...figures]);
    expect(tables.map(({ title }) => title)).toEqual(
      [1, 2, 3].map((i) => `multi, digits, validation samples: nodes of dense_${i} by class`),
    );
    expect(tables[0]?.rows.map(([statistic]) => statistic)).toEqual('count,mean,std,min,25%,50%,75%,max'.split(','));
    expect(cells).toHaveLength(9);
    expect(new Set(cells.map(({ verdict }) => verdict))).toEqual(new Set(['not comparable']));
  });

  test('has the published scale by default', () => {
    const settings = { trials: null, quick: false, asPublished: false, seed: 0, options: {} };
    return import('../../src/studies/table.js').then(({ studies }) => {
      const labels = studies['ablation-importance']
        .trials(settings)
        .map((trial) => studies['ablation-importance'].label(trial));
      expect(labels).toHaveLength(2 * (4 * 50 + 3 * 10));
      expect(new Set(labels).size).toBe(labels.length);
    });
  });

  test('goes on from a journal, also with more trials, and ends with the same report', async () => {
    const journal = join(folder, 'single.journal');
    const options = { networks: ['single'], basis: ['train'] };
    const signal = new AbortController();
    const events = runStudy('ablation-importance', { ...small, options, journal, signal: signal.signal });
    const begun = async (): Promise<void> => {
      for await (const { type } of events) if (type === 'trial') signal.abort();
    };
    await expect(begun()).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    const again = runStudy('ablation-importance', { ...small, trials: 3, options, journal });
    const told: unknown[] = [];
    for await (const event of again) if (event.type !== 'progress') told.push(event);
    expect(told[0]).toMatchObject({ type: 'start', trials: 3, kept: 1 });
    expect(told.filter((event) => (event as { type: string }).type === 'trial')).toHaveLength(2);
    expect(await again.report()).toEqual(await report({ trials: 3, options }));
    const other = runStudy('weight-vs-unit', { quick: true, journal });
    await expect(other.report()).rejects.toThrow(/belongs to another run: another study/);
  });

  test('refuses options that it does not have', () => {
    expect(() => runStudy('ablation-importance', { options: { sigma: 1 } })).toThrow(/^options: expected one of/);
    expect(() => runStudy('ablation-importance', { trials: 0 })).toThrow(/^trials: /);
    expect(() => runStudy('thinning' as never)).toThrow(/^study: expected one of ablation-importance/);
  });
});

const reference = folderFrom('SECATEUR_REFERENCE', 'the published counts in the package');

describe.skipIf(reference === undefined)('the published counts in the package', () => {
  const layers: Readonly<Record<string, string>> = { hidden: 'dense_', conv: 'conv_', dense: 'dense' };
  const nameOf = (layer: string): string =>
    layer.replace(/^(hidden|conv|dense)(\d?)$/, (_, kind, i) => `${layers[kind]}${i}`);

  test('are those that were collected', async () => {
    const csv = await readFile(join(reference ?? '', 'chapter-3.2-node-importance.csv'), 'utf8');
    const [, ...rows] = csv.trimEnd().split('\n');
    const collected = rows.map((row) => {
      const [basis, network, dataset, , layer = '', , name, trials, mean, std] = row.split(',');
      const numbers = { trials: Number(trials), mean: Number(mean), std: Number(std) };
      return { basis, network, dataset, layer: nameOf(layer), class: name, ...numbers };
    });
    const shipped = await readFile(new URL('../../assets/studies/ablation-importance.json', import.meta.url), 'utf8');
    expect(JSON.parse(shipped).counts).toEqual(collected);
  });
});
