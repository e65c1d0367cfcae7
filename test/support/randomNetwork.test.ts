import { describe, expect, test } from 'vitest';
import { activationNames, type LayerKind, type LayerOf, layerKinds, type Network } from '../../src/network/index.js';
import { sizeOf } from '../../src/tensor/tensor.js';
import { randomData, randomNetwork } from './randomNetwork.js';

const many = (include: readonly LayerKind[], count = 150): Network[] =>
  Array.from({ length: count }, (_, seed) => randomNetwork(seed, { include }));

const layersOf = <K extends LayerKind>(networks: readonly Network[], kind: K): LayerOf<K>[] =>
  networks.flatMap(({ layers }) => layers.filter((layer): layer is LayerOf<K> & typeof layer => layer.kind === kind));

describe('randomNetwork', () => {
  test('the same seed gives the same network, another seed another', () => {
    expect(randomNetwork(1)).toEqual(randomNetwork(1));
    expect(randomNetwork(1)).not.toEqual(randomNetwork(2));
  });

  test.each(layerKinds)('include brings %s into the network', (kind) => {
    for (const network of many([kind], 20)) expect(network.layers.map((layer) => layer.kind)).toContain(kind);
  });

  test('allow keeps layers out', () => {
    const allow = ({ kind }: { kind: LayerKind }) => kind !== 'activation';
    for (let seed = 0; seed < 20; seed++) {
      const kinds = randomNetwork(seed, { include: ['conv2d', 'batchNorm'], allow }).layers.map(({ kind }) => kind);
      expect(kinds).not.toContain('activation');
    }
    expect(() => randomNetwork(0, { include: ['activation'], allow })).toThrow('not allowed');
  });

  test('convolutions come with every padding, with strides, dilations, groups and without biases', () => {
    const layers = layersOf(many(['conv2d']), 'conv2d');
    for (const padding of ['same', 'valid']) expect(layers.some(({ config }) => config.padding === padding)).toBe(true);
    for (const has of [
      ({ config }) => Array.isArray(config.padding) && config.padding.flat().some((zeros) => zeros > 0),
      ({ config }) => config.strides[0] !== config.strides[1],
      ({ config }) => Math.max(...config.dilation) > 1,
      ({ config }) => config.groups > 1 && config.groups < config.filters,
      ({ weights }) => weights.bias === undefined,
    ] satisfies ((layer: LayerOf<'conv2d'>) => boolean)[]) {
      expect(layers.some(has), String(has)).toBe(true);
    }
  });

  test('all activations are drawn', () => {
    const drawn = new Set(layersOf(many(['activation']), 'activation').map(({ config }) => config.fn));
    expect([...drawn].sort()).toEqual([...activationNames].sort());
  });

  test('joins repeat axes, and concat joins every axis of images', () => {
    const networks = many(['add', 'multiply', 'concat']);
    const repeats = (kind: 'add' | 'multiply') =>
      networks.some(({ layers }) =>
        layers.some((layer) => {
          const sizes = layer.inputs.map((id) => sizeOf(layers[id]?.outputShape ?? []));
          return layer.kind === kind && new Set(sizes).size > 1;
        }),
      );
    expect([repeats('add'), repeats('multiply')]).toEqual([true, true]);
    const axes = new Set(layersOf(networks, 'concat').map(({ config }) => config.axis));
    expect([...axes].sort((a, b) => a - b)).toEqual([-3, -2, -1, 0, 1, 2]);
  });

  test('all losses are drawn unless one is asked for', () => {
    expect(new Set(many([]).map(({ loss }) => loss))).toEqual(new Set(['crossentropy', 'binary-crossentropy', 'mse']));
    expect(randomNetwork(1, { loss: 'mse' }).loss).toBe('mse');
  });
});

describe('randomData', () => {
  test('samples and targets fit the network, floats and bytes both occur', () => {
    const types = new Set<string>();
    for (const [seed, network] of many([], 40).entries()) {
      const { x, count, targets, head } = randomData(network, seed, { count: 5 });
      types.add(x.constructor.name);
      expect(x.length).toBe(count * sizeOf(network.layers[network.input]?.outputShape ?? []));
      expect(targets.length).toBe(head.loss === 'crossentropy' ? count : count * head.width);
    }
    expect(types).toEqual(new Set(['Float32Array', 'Uint8Array']));
  });
});
