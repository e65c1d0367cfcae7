import { beforeAll, describe, expect, it } from 'vitest';
import { predict } from '../../src/engine/index.js';
import { type Layer, layerAt, layerKinds, type Network } from '../../src/network/index.js';
import { fromLayersModel, type LoadedBackend, loadBackend, toLayersModel } from '../../src/training/index.js';
import { isExpressible } from '../support/expressible.js';
import { randomData, randomNetwork } from '../support/randomNetwork.js';
import { expectClose, float32Forward, largest } from '../support/tolerance.js';

const seeds = [0x21, 0x22, 0x23];
let loaded: LoadedBackend;
beforeAll(async () => {
  loaded = await loadBackend();
});

const drawn = (kind: Layer['kind'], seed: number): Network =>
  randomNetwork(seed, { include: [kind], allow: isExpressible });

const weightsOf = ({ layers }: Network): unknown =>
  Object.fromEntries(layers.filter(({ weights }) => Object.keys(weights).length > 0).map((l) => [l.name, l.weights]));

describe('toLayersModel(tf, network), fromLayersModel(tf, model)', () => {
  for (const kind of layerKinds) {
    it(`carry a network with ${kind} through tfjs, to the last bit of its weights`, async () => {
      for (const seed of seeds) {
        const network = drawn(kind, seed);
        const model = await toLayersModel(loaded.tf, network);
        const back = await fromLayersModel(loaded.tf, model);
        expect(weightsOf(back)).toEqual(weightsOf(network));
        expect(back.layers.map(({ outputShape }) => outputShape)).toEqual(
          (await fromLayersModel(loaded.tf, await toLayersModel(loaded.tf, back))).layers.map((l) => l.outputShape),
        );
        model.dispose();
      }
    });

    it(`let tfjs compute with ${kind} what the reference computes`, async () => {
      for (const seed of seeds) {
        const network = drawn(kind, seed);
        const { x, scale } = randomData(network, seed, { count: 3 });
        const expected = await predict(network, { x, scale }, { engine: 'reference' });
        const model = await toLayersModel(loaded.tf, network);
        const shape = [3, ...layerAt(network, network.input).outputShape];
        const scaled = Float32Array.from(x, (value) => value * scale);
        const actual = (model.predict(loaded.tf.tensor(scaled, shape)) as { dataSync(): Float32Array }).dataSync();
        expectClose(actual, expected, float32Forward(network, largest(expected)), `${kind}, seed ${seed}`);
        model.dispose();
      }
    });
  }
});
