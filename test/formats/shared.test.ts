import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { predict } from '../../src/engine/index.js';
import { loadModel, saveModel } from '../../src/formats/index.js';
import {
  createNetwork,
  initialize,
  type LayerSpec,
  type Network,
  sharedWeights,
  summarize,
} from '../../src/network/index.js';
import { prune, savePruned, verify } from '../../src/recipes/index.js';
import { checkFile } from '../../src/runtimes/index.js';
import { createRandom } from '../../src/util/random.js';
import { temporaryFolder } from '../support/cli.js';
import { expectClose, tolerances } from '../support/tolerance.js';
import { tied } from '../support/topology.js';

const folder = temporaryFolder();
const paths = ['shared', 'shared.keras', 'shared.h5', 'shared.onnx'];
const same = { kernelSize: [3, 3], padding: 'same' } as const;

/** A convolution that applies its own relu, used twice in a row, and a dense layer on two branches. */
const layers: readonly LayerSpec[] = [
  { name: 'in', kind: 'input', config: { shape: [5, 5, 2] } },
  { name: 'stem', kind: 'conv2d', config: { filters: 6, ...same } },
  { name: 'stem/activation', kind: 'activation', config: { fn: 'relu' } },
  { name: 'twice', kind: 'conv2d', config: { filters: 6, ...same } },
  { name: 'twice/activation', kind: 'activation', config: { fn: 'relu' } },
  { name: 'twice/2', kind: 'conv2d', config: { filters: 6, ...same } },
  { name: 'twice/2/activation', kind: 'activation', config: { fn: 'relu' } },
  { name: 'early', kind: 'globalAvgPool2d', inputs: ['twice/activation'] },
  { name: 'late', kind: 'globalAvgPool2d', inputs: ['twice/2/activation'] },
  { name: 'both', kind: 'dense', config: { units: 8 }, inputs: ['early'] },
  { name: 'both/2', kind: 'dense', config: { units: 8 }, inputs: ['late'] },
  { name: 'add', kind: 'add', inputs: ['both', 'both/2'] },
  { name: 'relu', kind: 'activation', config: { fn: 'relu' } },
  { name: 'head', kind: 'dense', config: { units: 3 } },
];
const apart = initialize({ layers, loss: 'crossentropy' }, { seed: 3 });
const network = tied(tied(apart, 'twice', 'twice/2'), 'both', 'both/2');
const random = createRandom(4);
const data = {
  x: Float32Array.from({ length: 20 * 50 }, () => random.normal()),
  y: Int32Array.from({ length: 20 }, (_, i) => i % 3),
};
const at = (name: string): string => join(folder, name);
const outputs = (of: Network): Promise<Float32Array> =>
  predict(of, { x: data.x, layout: 'nhwc' }, { engine: 'reference' });
const usersIn = (of: Network): string[] =>
  sharedWeights(of).map(({ weight, layers: own }) => `${weight} ${own.join()}`);
const everything = ['kernel twice,twice/2', 'bias twice,twice/2', 'kernel both,both/2', 'bias both,both/2'];

beforeAll(() => expect(usersIn(network)).toEqual(everything));

describe.for(paths)('%s', (name) => {
  test('holds what layers share once, runs, and comes back with it shared', async () => {
    await saveModel(network, at(name));
    const back = await loadModel(at(name));
    expect(usersIn(back)).toEqual(everything);
    expectClose(await outputs(back), await outputs(network), tolerances.exact);
    const check = await checkFile(at(name), network);
    expect(check.reason).toBeNull();
    expect(check.maxAbsDifference).toBeLessThanOrEqual(check.tolerance!);
    const { parameters } = summarize(back);
    expect(parameters).toBe(summarize(apart).parameters - (6 * 9 * 6 + 6) - (6 * 8 + 8));
  });

  test('loses nodes of all uses together, leaves as it came, and is verified', async () => {
    await saveModel(network, at(name));
    const original = await loadModel(at(name));
    const options = { criterion: 'l2', amount: 0.5 } as const;
    const pruned = await prune(original, data, options);
    const { certificate, plan } = pruned;
    const nodes = Object.fromEntries(plan.nodes.map(({ layer, nodes: own }) => [layer, own]));
    expect(nodes.twice).toEqual(nodes.stem);
    expect(nodes['twice/2']).toEqual(nodes.twice);
    expect(nodes['both/2']).toEqual(nodes.both);
    expect(certificate.after.parameters).toBe(2 * 9 * 3 + 3 + (3 * 9 * 3 + 3) + (3 * 4 + 4) + (4 * 3 + 3));
    const out = at(`pruned-${name}`);
    await savePruned(out, { ...pruned, original }, { from: at(name) });
    const back = await loadModel(out);
    expect(usersIn(back)).toEqual(everything);
    expect((await verify(original, back, plan, { data, certificate, file: out })).proof).toBe('outputs');
  });

  test('writes layers apart whose weights are no longer the same', async () => {
    const bent = tied(apart, 'twice', 'twice/2');
    const specs = bent.layers.map(({ id: _id, outputShape: _shape, inputs, ...layer }) => {
      const { bias, ...weights } = layer.weights;
      return {
        ...layer,
        inputs: inputs.map((id) => bent.layers[id]!.name),
        weights:
          layer.name === 'twice/2'
            ? { ...weights, bias: { ...bias!, data: bias!.data.map((b) => b + 1) } }
            : layer.weights,
      } as LayerSpec;
    });
    const half = createNetwork({ layers: specs });
    expect(usersIn(half)).toEqual(['kernel twice,twice/2']);
    await saveModel(half, at(`half-${name}`));
    const back = await loadModel(at(`half-${name}`));
    expect(usersIn(back)).toEqual(name.endsWith('.onnx') ? ['kernel twice,twice/2'] : []);
    expectClose(await outputs(back), await outputs(half), tolerances.exact);
    await checkFile(at(`half-${name}`), half);
  });
});

test('a file with shared layers is smaller than one without', async () => {
  await saveModel(network, at('one.onnx'));
  await saveModel(apart, at('two.onnx'));
  const [one, two] = [await stat(at('one.onnx')), await stat(at('two.onnx'))];
  expect(two.size - one.size).toBeGreaterThan(4 * (6 * 9 * 6 + 6 + 6 * 8 + 8));
});
