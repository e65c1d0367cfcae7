import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ablate, initialize, loadDataset, type NodeClass, presets, trainNetwork } from '../../src/index.js';
import { folderFrom } from '../support/environment.js';

const data = folderFrom('SECATEUR_DATA', 'the ablation study of network "single" on MNIST');
const reference = folderFrom('SECATEUR_REFERENCE', 'the ablation study of network "single" on MNIST');

/** Smallest and largest count of a class over the published trials. */
function published(
  basis: string,
  network: string,
  dataset: string,
  nodeClass: NodeClass,
): { min: number; max: number } {
  const [head = '', ...lines] = readFileSync(join(reference ?? '', 'chapter-3.2-node-importance.csv'), 'utf8')
    .trim()
    .split('\n');
  const columns = head.split(',');
  const rows = lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [columns[i] ?? '', cell])));
  const row = rows.find(
    (cells) =>
      cells.basis === basis && cells.network === network && cells.dataset === dataset && cells.node_class === nodeClass,
  );
  return { min: Number(row?.min), max: Number(row?.max) };
}

describe.skipIf(data === undefined || reference === undefined)('network "single", trained and ablated on MNIST', () => {
  it('has class counts inside the published range of 50 trials', { timeout: 300_000 }, async () => {
    const train = await loadDataset('mnist');
    const untrained = initialize(presets.single(train.shape, 10), { seed: 1 });
    const { network } = await trainNetwork(untrained, train, { epochs: 5, seed: 1 }).result();
    const { layers, baseline } = await ablate(network, train).collect();
    console.log(`accuracy ${baseline.accuracy}, loss ${baseline.loss}`);
    for (const nodeClass of ['zero', 'worse', 'important'] as const) {
      const { min, max } = published('train', 'single', 'mnist', nodeClass);
      const count = layers[0]?.indices[nodeClass].length ?? Number.NaN;
      console.log(`${nodeClass}: ${count}, published ${min} to ${max}`);
      expect(count).toBeGreaterThanOrEqual(min);
      expect(count).toBeLessThanOrEqual(max);
    }
  });
});
