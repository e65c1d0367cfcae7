import { parseArgs } from 'node:util';
import { type Dataset, denseNetwork, loadDataset, type Network, propagate } from 'secateur';
import { count, median } from './options.js';
import { clocked, type Propagation, type Propagator, stackOf } from './peers/importance.js';
import { openTfjs } from './peers/importanceTfjs.js';
import { openSgemm } from './peers/sgemm.js';
import { trainedOnce } from './trained.js';

/** How fast is importance propagation of 784-800-800-10, against the same products by OpenBLAS and by tfjs-node? */

/** How far means of relevance of two float32 programs may lie apart, in parts of the mean of their layer. */
const tolerance = 1e-4;

/** From the call to the table: packing of the weights is in the time. */
const native =
  (network: Network, data: Dataset, threads: number): Propagator =>
  () =>
    clocked(async () => {
      const { layers } = await propagate(network, data, { engine: 'native', threads }).collect();
      const hidden = layers.toReversed().slice(0, -1);
      return hidden.map(({ nodes }) => nodes.map(({ relevance }) => relevance));
    });

function expectEqual(name: string, found: Propagation['relevance'], truth: Propagation['relevance']): void {
  for (const [l, layer] of truth.entries()) {
    for (let i = 0; i < layer.length; i++) {
      const apart = Math.abs((found[l]?.[i] ?? Number.NaN) - (layer[i] ?? 0)) * layer.length;
      if (!(apart <= tolerance))
        throw new Error(`${name}: node ${i} of hidden layer ${l} has ${found[l]?.[i]}, not ${layer[i]}`);
    }
  }
}

async function measure(propagators: Readonly<Record<string, Propagator>>, rounds: number) {
  const times = new Map(
    Object.keys(propagators).map((name) => [name, { seconds: [] as number[], cpu: [] as number[] }]),
  );
  let truth: Propagation['relevance'] | undefined;
  for (let round = -1; round < rounds; round++) {
    for (const [name, run] of Object.entries(propagators)) {
      const { seconds, cpu, relevance } = await run();
      truth ??= relevance;
      expectEqual(name, relevance, truth);
      if (round < 0) continue;
      times.get(name)?.seconds.push(seconds);
      times.get(name)?.cpu.push(cpu);
    }
  }
  const base = median(times.get('native')?.cpu ?? []);
  return [...times].map(([engine, { seconds, cpu }]) => ({
    engine,
    seconds: median(seconds),
    cpuSeconds: median(cpu),
    cpuRatioToNative: median(cpu) / base,
  }));
}

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      samples: { type: 'string', default: '60000' },
      rounds: { type: 'string', default: '3' },
      threads: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  });
  const dataset = process.env.SECATEUR_DATA === undefined ? 'digits' : 'mnist';
  const data = await loadDataset(dataset, { limit: count('samples', values.samples) });
  const network = await trainedOnce('importance', denseNetwork(data.shape, [800, 800], 10), dataset);
  const threads = count('threads', values.threads);
  const stack = stackOf(network, data);
  using sgemm = openSgemm(stack, threads);
  const tfjs = await openTfjs(stack, 100);
  const peers = { ...sgemm.propagators, ...(tfjs ? { 'tfjs-node, batch 100': tfjs } : {}) };
  console.error(
    `${data.count} samples of ${dataset}, ${threads} threads, median of ${values.rounds} alternated rounds`,
  );
  const rows = await measure({ native: native(network, data, threads), ...peers }, count('rounds', values.rounds));
  if (values.json) return console.log(JSON.stringify(rows, null, 2));
  console.log('| engine | seconds | seconds of processors | against native |');
  console.log('| --- | --- | --- | --- |');
  for (const { engine, seconds, cpuSeconds, cpuRatioToNative } of rows)
    console.log(`| ${engine} | ${seconds.toFixed(3)} | ${cpuSeconds.toFixed(3)} | ${cpuRatioToNative.toFixed(2)}x |`);
}
