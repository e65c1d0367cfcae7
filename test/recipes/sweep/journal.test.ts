import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { denseNetwork, initialize } from '../../../src/network/index.js';
import { search, sensitivity, sweep, thresholdSweep } from '../../../src/recipes/index.js';
import { createRandom } from '../../../src/util/random.js';
import { temporaryFolder } from '../../support/cli.js';

const folder = temporaryFolder();
const network = initialize(denseNetwork([5], [8, 6], 3), { seed: 2 });
const random = createRandom(1);
const data = {
  x: Float32Array.from({ length: 40 * 5 }, () => random.normal()),
  y: Int32Array.from({ length: 40 }, () => random.integer(2)),
};
const engine = { engine: 'reference' } as const;
const options = { criteria: ['taylor', 'random'], amounts: [0, 0.5, 0.75], seed: 4, ...engine } as const;

const runs = {
  sweep: (journal?: string) => sweep(network, data, { ...options, ...(journal && { journal }) }),
  'sweep with training': (journal?: string) =>
    sweep(network, data, { ...options, amounts: [0, 0.5], finetune: { epochs: 1 }, ...(journal && { journal }) }),
  thresholds: (journal?: string) =>
    thresholdSweep(network, data, { thresholds: 5, ...engine, ...(journal && { journal }) }),
  sensitivity: (journal?: string) =>
    sensitivity(network, data, { amounts: [0, 0.5], ...engine, ...(journal && { journal }) }),
  search: (journal?: string) =>
    search(network, data, { budgetMacs: 0.5, drop: 0.3, validation: data, ...engine, ...(journal && { journal }) }),
};

test.each(
  Object.entries(runs),
)('%s: a run that was left goes on from its journal, to the same end', async (name, run) => {
  const { seconds: _whole, ...undisturbed } = await run().collect();
  for (let stop = 1; stop <= 4; stop++) {
    const journal = join(folder, `${name}-${stop}`);
    let seen = 0;
    for await (const _event of run(journal)) if (++seen === stop) break;
    const size = statSync(journal).size;
    const { seconds: _rest, ...resumed } = await run(journal).collect();
    expect(resumed).toEqual(undisturbed);
    expect(statSync(journal).size).toBeGreaterThan(size);
  }
});

test('a journal of another run is refused', async () => {
  const journal = join(folder, 'other');
  await runs.sweep(journal).collect();
  const others = [
    sweep(network, data, { ...options, amounts: [0], journal }),
    sweep(network, data, { ...options, finetune: { epochs: 1 }, journal }),
    sweep(network, { ...data, y: data.y.map((y) => 2 - y) }, { ...options, journal }),
    sweep(network, data, { ...options, scoringData: data, journal }),
    runs.sensitivity(journal),
    runs.search(journal),
  ];
  for (const other of others) await expect(other.collect()).rejects.toThrow('belongs to another run');
  const again = await sweep(network, data, { ...options, threads: 1, journal }).collect();
  expect(again.points).toHaveLength(6);
});
