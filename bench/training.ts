import { parseArgs } from 'node:util';
import {
  type Dataset,
  initialize,
  loadBackend,
  loadDataset,
  type Network,
  type PresetName,
  presets,
  toLayersModel,
  trainNetwork,
} from 'secateur';
import { choose, count, median } from './options.js';

/** How fast does a network learn, against `model.fit` of tfjs on the same backend? */

type Loop = (network: Network, data: Dataset) => Promise<{ readonly loss: number; readonly seconds: number }>;

/** One epoch, batch 32, tfjs' own Adam, the samples in their order. */
const loops = {
  secateur: async (network, data) => {
    const options = { epochs: 1, shuffle: false, optimizer: 'adam-tfjs', backend: 'tfjs-node' } as const;
    const { history } = await trainNetwork(network, data, options).result();
    const [epoch] = history;
    return { loss: epoch?.loss ?? Number.NaN, seconds: epoch?.seconds ?? Number.NaN };
  },
  'model.fit': async (network, data) => {
    const { tf } = await loadBackend({ backend: 'tfjs-node' });
    const model = await toLayersModel(tf, network);
    model.compile({ optimizer: tf.train.adam(1e-3, 0.9, 0.999, 1e-7), loss: 'sparseCategoricalCrossentropy' });
    const x = tf.tensor(
      Float32Array.from(data.x, (value) => value * data.scale),
      [data.count, ...data.shape],
    );
    const y = tf.tensor1d(Float32Array.from(data.y));
    const started = performance.now();
    const { history } = await model.fit(x, y, { epochs: 1, batchSize: 32, shuffle: false, verbose: 0 });
    const seconds = (performance.now() - started) / 1000;
    tf.dispose([x, y]);
    model.dispose();
    return { loss: Number(history.loss?.[0]), seconds };
  },
} as const satisfies Record<string, Loop>;

type LoopName = keyof typeof loops;

/** The project's promise for the mean loss of an epoch under the same rule; test/training proves it step by step. */
const lossTolerance = 1e-4;

async function measure(name: PresetName, data: Dataset, rounds: number) {
  const network = initialize(presets[name](data.shape, 10), { seed: 1 });
  const seconds: Record<LoopName, number[]> = { secateur: [], 'model.fit': [] };
  const losses: Record<LoopName, number> = { secateur: 0, 'model.fit': 0 };
  for (let round = -1; round < rounds; round++) {
    for (const loop of Object.keys(loops) as LoopName[]) {
      const run = await loops[loop](network, data);
      losses[loop] = run.loss;
      if (round >= 0) seconds[loop].push(run.seconds);
    }
  }
  const lossDifference = Math.abs(losses.secateur - losses['model.fit']);
  if (!(lossDifference <= lossTolerance)) throw new Error(`${name}: the mean losses differ by ${lossDifference}`);
  const steps = Math.ceil(data.count / 32);
  const own = median(seconds.secateur);
  return (Object.keys(loops) as LoopName[]).map((loop) => {
    const took = median(seconds[loop]);
    return {
      network: name,
      loop,
      steps,
      msPerStep: (1000 * took) / steps,
      ratioToSecateur: took / own,
      lossDifference,
    };
  });
}

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      networks: { type: 'string', default: 'single,multi' },
      samples: { type: 'string', default: '3200' },
      rounds: { type: 'string', default: '5' },
      json: { type: 'boolean', default: false },
    },
  });
  const dataset = process.env.SECATEUR_DATA === undefined ? 'digits' : 'mnist';
  const data = await loadDataset(dataset, { limit: count('samples', values.samples) });
  console.error(`one epoch of ${data.count} samples of ${dataset}, median of ${values.rounds} alternated rounds`);
  const names = choose('network', values.networks, Object.keys(presets) as PresetName[]);
  const rows = [];
  for (const name of names) rows.push(...(await measure(name, data, count('rounds', values.rounds))));
  if (values.json) console.log(JSON.stringify(rows, null, 2));
  else console.table(rows);
}
