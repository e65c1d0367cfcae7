import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadDataset } from '../../src/data/index.js';
import type { CompiledNetwork, EngineEvent, Sweep } from '../../src/engine/engine.js';
import { nativeEngine } from '../../src/engine/native/index.js';
import { referenceEngine } from '../../src/engine/reference/index.js';
import {
  createNetwork,
  hiddenLayers,
  initialize,
  lossHead,
  type Network,
  nodeCount,
  presets,
} from '../../src/network/index.js';
import { readNpz } from '../../src/tensor/npz.js';
import { tensor } from '../../src/tensor/tensor.js';
import { judges } from '../support/engines.js';
import { folderFrom } from '../support/environment.js';
import { closeCalls, naiveMeasure } from '../support/naive.js';
import type { RandomData } from '../support/randomNetwork.js';
import { expectClose, float32Forward, largest, trainedLoss } from '../support/tolerance.js';

const hasNative = judges.some(({ engine }) => engine === nativeEngine);
const weightsFolder = folderFrom('SECATEUR_REFERENCE', 'ablation of the trained study networks');
const mnistFolder = folderFrom('SECATEUR_DATA', 'ablation of the study networks on MNIST');
const isReal = weightsFolder !== undefined && mnistFolder !== undefined;

/** The study networks with how many samples and nodes of a layer the slow engine can be asked for. */
const studies = [
  { name: 'A', preset: presets.single, samples: 300, nodes: 128 },
  { name: 'B', preset: presets.multi, samples: 150, nodes: 128 },
  { name: 'C', preset: presets.cnn, samples: 6, nodes: 4 },
] as const;

type Study = (typeof studies)[number];

/** The trained network, its weights named `w0, b0, w1, ...` in the order of layers. */
function trained({ name, preset }: Study, shape: readonly number[]): Network {
  const file = join(weightsFolder as string, 'weights', `${name}.npz`);
  const arrays = readNpz(readFileSync(file), file);
  const weight = (key: string) => {
    const array = arrays.get(key);
    if (!(array?.data instanceof Float32Array)) throw new Error(`${file} has no floats ${key}`);
    return tensor(array.shape, array.data);
  };
  const spec = preset(shape, 10);
  const numbered = spec.layers.filter(({ kind }) => kind === 'dense' || kind === 'conv2d').map(({ name }) => name);
  const layers = spec.layers.map((layer) => {
    const i = numbered.indexOf(layer.name);
    return i < 0 ? layer : { ...layer, weights: { kernel: weight(`w${i}`), bias: weight(`b${i}`) } };
  });
  return createNetwork({ ...spec, layers });
}

async function subject(study: Study): Promise<{ network: Network; data: RandomData }> {
  const { x, y, shape, scale } = await loadDataset(isReal ? 'mnist' : 'digits', { limit: study.samples });
  const network = isReal ? trained(study, shape) : initialize(study.preset(shape, 10), { seed: 0x5ec });
  const targets = Int32Array.from(y);
  const data = { x, count: study.samples, scale: scale ?? 1, targets, head: lossHead(network, targets) };
  return { network, data };
}

/** The first nodes of every hidden layer, cut at their weights. */
const firstNodes = (network: Network, most: number): Sweep[] =>
  hiddenLayers(network).map((layer) => {
    const nodes = Uint32Array.from({ length: Math.min(most, nodeCount(layer)) }, (_, node) => node);
    return { site: layer.id, nodes, values: new Float32Array(nodes.length) };
  });

async function nodesOf(compiled: CompiledNetwork, data: RandomData, sweeps: readonly Sweep[]) {
  const nodes: Extract<EngineEvent, { type: 'node' }>[] = [];
  for await (const event of compiled.ablate({ samples: data, head: data.head, sweeps, partial: false })) {
    if (event.type === 'node') nodes.push(event);
  }
  return nodes;
}

describe.skipIf(!hasNative)(`study networks on ${isReal ? 'MNIST' : 'the embedded digits'}`, () => {
  test.each(studies)('native ablates $name as the reference does', async (study) => {
    const { network, data } = await subject(study);
    const sweeps = firstNodes(network, study.nodes);
    using native = nativeEngine.compile(network);
    using reference = referenceEngine.compile(network);
    const scores = await reference.forward(data, { layer: data.head.scores });
    const tolerance = trainedLoss(largest(scores));
    const expected = await nodesOf(reference, data, sweeps);
    const actual = await nodesOf(native, data, sweeps);
    expect(actual.length).toBe(expected.length);
    const intact = naiveMeasure(network, data);
    for (const [i, { sweep, index, lossSum, correct, flips }] of expected.entries()) {
      const found = actual[i] as (typeof actual)[number];
      const { site, nodes } = sweeps[sweep] as Sweep;
      const where = `node ${nodes[index]} of layer ${site}`;
      expectClose([found.lossSum / data.count], [lossSum / data.count], tolerance, `${where}: mean loss`);
      if (found.correct === correct && found.flips === flips) continue;
      const naive = naiveMeasure(network, data, { site, node: nodes[index] as number, value: 0 });
      const [calls = 0, intactCalls = 0] = [naive, intact].map((result) =>
        closeCalls(data, result, 2 * float32Forward(network, result.scale).absolute),
      );
      process.stdout.write(`${where}: ${calls} right answers hang on less than the error bound\n`);
      expect(Math.abs(found.correct - correct), where).toBeLessThanOrEqual(calls);
      expect(Math.abs(found.flips - flips), where).toBeLessThanOrEqual(calls + intactCalls);
    }
  });
});
