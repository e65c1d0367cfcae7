import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type DatasetName,
  dataFolders,
  initialize,
  loadDataset,
  loadModel,
  type Network,
  type NetworkSpec,
  saveModel,
  trainNetwork,
} from 'secateur';

/** Long enough for weights and activations like those of a trained network; accuracy is nothing that benches need. */
const training = { samples: 3200, epochs: 4, batch: 32, seed: 1 } as const;

/**
 * The network after a short training, seeded; trained once and kept in `bench` of the cache folder. Another
 * description or other settings of the training are another file.
 */
export async function trainedOnce(name: string, spec: NetworkSpec, dataset: DatasetName): Promise<Network> {
  const digest = createHash('sha256').update(JSON.stringify({ spec, dataset, training })).digest('hex').slice(0, 16);
  const folder = join(dataFolders().cache, 'bench', `${name}-${digest}`);
  if (!existsSync(folder)) await store(await train(name, spec, dataset), folder);
  return loadModel(folder);
}

async function train(name: string, spec: NetworkSpec, dataset: DatasetName): Promise<Network> {
  const { samples, seed, epochs, batch } = training;
  console.error(`${name}: training it once, on ${samples} samples of ${dataset}`);
  const data = await loadDataset(dataset, { limit: samples });
  const { network, history } = await trainNetwork(initialize(spec, { seed }), data, { epochs, batch, seed }).result();
  for (const { epoch, loss, accuracy, seconds } of history)
    console.error(`${name}: epoch ${epoch}: loss ${loss}, accuracy ${accuracy}, ${seconds.toFixed(0)} s`);
  return network;
}

/** A folder appears when it is complete: another process may be looking for it. */
async function store(network: Network, folder: string): Promise<void> {
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  await saveModel(network, unfinished);
  await rename(unfinished, folder).catch(() => rm(unfinished, { recursive: true }));
}
