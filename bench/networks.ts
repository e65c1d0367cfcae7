import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createNetwork,
  type Dataset,
  type DatasetName,
  loadDataset,
  type Network,
  type NetworkSpec,
  presets,
  readNpz,
  type Shape,
} from 'secateur';
import { residual, separable } from './architectures.js';
import { trainedOnce } from './trained.js';

/** A trained network to be measured, and the samples it is measured on. */
export interface Subject {
  readonly name: string;
  readonly network: Network;
  readonly data: Dataset;
  /** Where weights and samples come from. */
  readonly source: string;
}

interface Row {
  readonly spec: (shape: Shape, classes: number) => NetworkSpec;
  readonly dataset: DatasetName;
  /** Whether weights of a published study may lie in SECATEUR_REFERENCE. */
  readonly published?: true;
}

const subjects = {
  A: { spec: presets.single, dataset: 'mnist', published: true },
  B: { spec: presets.multi, dataset: 'mnist', published: true },
  C: { spec: presets.cnn, dataset: 'mnist', published: true },
  D: { spec: presets.cnn, dataset: 'cifar-10' },
  E: { spec: residual, dataset: 'cifar-10' },
  F: { spec: separable, dataset: 'cifar-10' },
} as const satisfies Record<string, Row>;

export type SubjectName = keyof typeof subjects;
export const subjectNames = Object.keys(subjects) as SubjectName[];

/**
 * The network with published weights where SECATEUR_REFERENCE holds them, else trained here for a short while, on its
 * own dataset where SECATEUR_DATA holds that, else on the embedded digits.
 */
export async function loadSubject(name: SubjectName, limit: number | undefined): Promise<Subject> {
  const row: Row = subjects[name];
  const given = existsSync(join(process.env.SECATEUR_DATA ?? '', row.dataset)) && process.env.SECATEUR_DATA;
  if (!given) console.error(`${name}: SECATEUR_DATA has no ${row.dataset}, taking the embedded digits`);
  const dataset = given ? row.dataset : 'digits';
  const data = await loadDataset(dataset, limit === undefined ? {} : { limit });
  const spec = row.spec(data.shape, data.classes ?? 10);
  const weights = join(process.env.SECATEUR_REFERENCE ?? '', 'weights', `${name}.npz`);
  if (given && row.published && existsSync(weights)) {
    const network = withWeights(spec, readNpz(await readFile(weights), weights));
    return { name, network, data, source: `reference weights, ${dataset}` };
  }
  return { name, network: await trainedOnce(name, spec, dataset), data, source: `trained here, ${dataset}` };
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
