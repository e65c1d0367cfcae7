import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createNetwork,
  type Dataset,
  initialize,
  loadDataset,
  type Network,
  type NetworkSpec,
  presets,
  readNpz,
  trainNetwork,
} from 'secateur';

/** A trained network to be measured, and the samples it is measured on. */
export interface Subject {
  readonly name: string;
  readonly network: Network;
  readonly data: Dataset;
  /** Where weights and samples come from. */
  readonly source: string;
}

const specs = {
  A: presets.single,
  B: presets.multi,
  C: presets.cnn,
} as const;

export type SubjectName = keyof typeof specs;
export const subjectNames = Object.keys(specs) as SubjectName[];

/**
 * The network with published weights and real MNIST where SECATEUR_REFERENCE and SECATEUR_DATA hold them, else the same
 * architecture trained on the embedded digits.
 */
export async function loadSubject(name: SubjectName, limit: number | undefined): Promise<Subject> {
  const weights = join(process.env.SECATEUR_REFERENCE ?? '', 'weights', `${name}.npz`);
  if (process.env.SECATEUR_DATA === undefined || !existsSync(weights)) return trainOnDigits(name, limit);
  const data = await loadDataset('mnist', limit === undefined ? {} : { limit });
  const network = withWeights(specs[name](data.shape, 10), readNpz(await readFile(weights), weights));
  return { name, network, data, source: 'reference weights, MNIST' };
}

async function trainOnDigits(name: SubjectName, limit: number | undefined): Promise<Subject> {
  console.error(`${name}: no reference weights or MNIST here, training on the embedded digits`);
  const data = await loadDataset('digits', limit === undefined ? {} : { limit });
  const { network } = await trainNetwork(initialize(specs[name](data.shape, 10), { seed: 1 }), data, {
    epochs: 5,
    seed: 1,
  }).result();
  return { name, network, data, source: 'trained on digits' };
}

/** `w0, b0, w1, ...` in the order of the layers. */
function withWeights(spec: NetworkSpec, arrays: ReturnType<typeof readNpz>): Network {
  let next = 0;
  const layers = spec.layers.map((layer) => {
    if (layer.kind !== 'dense' && layer.kind !== 'conv2d') return layer;
    const weights = { kernel: floatArray(arrays, `w${next}`), bias: floatArray(arrays, `b${next}`) };
    next += 1;
    return { ...layer, weights };
  });
  return createNetwork({ ...spec, layers });
}

function floatArray(arrays: ReturnType<typeof readNpz>, name: string) {
  const array = arrays.get(name);
  if (!array || !(array.data instanceof Float32Array))
    throw new Error(`the reference weights have no floats "${name}"`);
  return { shape: array.shape, data: array.data };
}
