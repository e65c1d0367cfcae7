import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { predict } from '../../../src/engine/index.js';
import { loadModel } from '../../../src/formats/index.js';
import { sharedWeights } from '../../../src/network/index.js';
import { expectClose, float32Forward } from '../../support/tolerance.js';

/** Made by Keras itself: see make.py there. */
const folder = join(import.meta.dirname, '../../fixtures/keras');

interface Expected {
  readonly x: readonly number[];
  readonly outputs: readonly number[];
  readonly loss: string;
}
const expected = JSON.parse(await readFile(join(folder, 'outputs.json'), 'utf8')) as Record<string, Expected>;
const losses: Readonly<Record<string, string>> = {
  sparse_categorical_crossentropy: 'crossentropy',
  binary_crossentropy: 'binary-crossentropy',
};

describe('loadModel(path) of models that Keras 3 saved', () => {
  for (const [name, { x, outputs, loss }] of Object.entries(expected)) {
    for (const suffix of ['.keras', '.h5']) {
      it(`computes for ${name}${suffix} what Keras computes, and knows its loss`, async () => {
        const network = await loadModel(join(folder, name + suffix));
        const actual = await predict(network, { x: Float32Array.from(x) }, { engine: 'reference' });
        expectClose(actual, outputs, float32Forward(network, 1), name);
        expect(network.loss).toBe(losses[loss]);
      });
    }
  }

  it('makes a layer of each use of a layer, with the same weights', async () => {
    const network = await loadModel(join(folder, 'shared.keras'));
    const users = sharedWeights(network).map(({ weight, layers }) => `${weight}: ${layers.join(' ')}`);
    expect(users.filter((text) => !text.startsWith('b'))).toEqual([
      'kernel: again again/2 again/3',
      'gamma: norm norm/2',
      'mean: norm norm/2',
      'variance: norm norm/2',
    ]);
    const inputsOf = (name: string) =>
      network.layers.find((layer) => layer.name === name)!.inputs.map((id) => network.layers[id]!.name);
    expect(['again', 'again/2', 'again/3', 'norm/2', 'head'].map(inputsOf)).toEqual([
      ['row'],
      ['again/activation'],
      ['between'],
      ['again/3/activation'],
      ['concatenate'],
    ]);
  });

  it('gives the same network from both of its formats', async () => {
    for (const name of Object.keys(expected)) {
      const [archive, h5] = await Promise.all(
        ['.keras', '.h5'].map((suffix) => loadModel(join(folder, name + suffix))),
      );
      expect(archive).toEqual(h5);
    }
  });
});
