import { describe, expect, test } from 'vitest';
import { decodeOnnx, encodeOnnx } from '../../../src/formats/onnx/onnx.js';
import {
  activationNames,
  activationParameters,
  createNetwork,
  initialize,
  type Layer,
  type LayerKind,
  type LayerSpec,
  layerAt,
  layerKinds,
  type Network,
  presets,
  resolvePadding,
} from '../../../src/network/index.js';
import { randomNetwork } from '../../support/randomNetwork.js';
import { expectPeerAgrees } from './peer.js';

const seeds = [0x11, 0x12, 0x13, 0x14];

/** Every kind in turn, each in networks of its own; ordinary pieces around it. */
const rows = layerKinds.flatMap((kind) => seeds.map((seed) => ({ kind, seed: seed + 16 * layerKinds.indexOf(kind) })));

/**
 * What reading gives for a layer where ONNX has one word for several ways to say the same: absent scales are written out
 padding of nothing is `valid`, parameters at their defaults are spelt out, the last axis
 * is -1, one group a channel is depthwise, and reshaping to a row is flattening.
 */
const saidOnce: { readonly [K in LayerKind]?: (layer: Layer, network: Network) => Partial<Layer> } = {
  batchNorm: ({ weights, outputShape }) => {
    const ones = { shape: outputShape.slice(-1), data: new Float32Array(outputShape.at(-1) ?? 0).fill(1) };
    const zeros = { ...ones, data: new Float32Array(ones.data.length) };
    return { weights: { gamma: ones, beta: zeros, ...weights } };
  },
  activation: (layer) => {
    if (layer.kind !== 'activation') return {};
    const { fn } = layer.config;
    const parameters = Object.entries(activationParameters(layer.config)).filter(([, value]) => value !== 0);
    return { config: { fn, ...Object.fromEntries(parameters) } };
  },
  concat: (layer) => {
    if (layer.kind !== 'concat') return {};
    const rank = layer.outputShape.length;
    const axis = (layer.config.axis + rank) % rank;
    return { config: { axis: axis === rank - 1 ? -1 : axis } };
  },
  reshape: (layer) => (layer.outputShape.length === 1 ? { kind: 'flatten', config: {} } : {}),
  conv2d: (layer, network) => {
    if (layer.kind !== 'conv2d') return {};
    const channels = layerAt(network, layer.inputs[0] ?? layer.id).outputShape[2];
    const { groups, filters, ...window } = layer.config;
    if (groups === 1 || groups !== channels) return {};
    const [height = 1, width = 1] = layer.weights.kernel?.shape ?? [];
    const kernel = { shape: [height, width, groups, filters / groups], data: layer.weights.kernel?.data };
    return {
      kind: 'depthwiseConv2d',
      config: { ...window, depthMultiplier: filters / groups },
      weights: { ...layer.weights, kernel },
    } as unknown as Partial<Layer>;
  },
};

/** Linear activations do not come back: identities are no layers in ONNX. */
const isNoIdentity = (layer: LayerSpec): boolean => !(layer.kind === 'activation' && layer.config?.fn === 'linear');

/** `same` in numbers where onnxruntime does not take the word: with dilations, and strides longer than the window. */
function spelledOut(layer: Layer, network: Network): Layer {
  if (!('kernelSize' in layer.config)) return layer;
  const { kernelSize, strides, dilation } = layer.config;
  const word = dilation.every((n) => n === 1) && strides.every((n, i) => n <= (kernelSize[i] ?? 1));
  if (layer.config.padding === 'valid' || (layer.config.padding === 'same' && word)) return layer;
  const numbers = resolvePadding(layer.config, layerAt(network, layer.inputs[0] ?? layer.id).outputShape);
  const padding = numbers.flat().every((zeros) => zeros === 0) ? 'valid' : numbers;
  return { ...layer, config: { ...layer.config, padding } } as Layer;
}

function expected(network: Network): Layer[] {
  return network.layers.map((layer) =>
    spelledOut({ ...layer, ...saidOnce[layer.kind]?.(layer, network) } as Layer, network),
  );
}

describe('encodeOnnx, then decodeOnnx', () => {
  test.each(rows)('give the same layers and bits back: $kind, seed $seed', async ({ kind, seed }) => {
    const network = randomNetwork(seed, { include: [kind], allow: isNoIdentity });
    const back = await decodeOnnx(encodeOnnx(network));
    expect(back.layers).toEqual(expected(network));
    expect({ name: back.name, loss: back.loss, output: back.output }).toEqual({
      name: network.name,
      loss: network.loss,
      output: network.output,
    });
  });

  test('take what they wrote for the same, byte by byte', async () => {
    const network = initialize(presets.cnn([12, 12, 3], 4), { seed: 1 });
    const bytes = encodeOnnx(network);
    expect(encodeOnnx(await decodeOnnx(bytes))).toEqual(bytes);
  });

  test('say that images lie channels first', async () => {
    const network = initialize(presets.cnn([12, 12, 3], 4), { seed: 1 });
    expect((await decodeOnnx(encodeOnnx(network))).inputLayout).toBe('nchw');
  });
});

describe('onnxruntime', () => {
  test.each(rows)('agrees with the reference on what is written: $kind, seed $seed', async ({ kind, seed }) => {
    const network = randomNetwork(seed + 0x1000, { include: [kind] });
    await expectPeerAgrees(network, encodeOnnx(network), seed);
  });

  test.each(activationNames)('agrees on activation %s', async (fn) => {
    const layers: LayerSpec[] = [
      { name: 'in', kind: 'input', config: { shape: [3, 4, 2] } },
      { name: 'out', kind: 'activation', config: { fn } },
    ];
    const network = createNetwork({ layers });
    await expectPeerAgrees(network, encodeOnnx(network), 5);
  });
});
