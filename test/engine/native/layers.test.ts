import { describe, expect, it } from 'vitest';
import type { NativeLayer } from '../../../src/engine/native/addon.js';
import { encodeNetwork } from '../../../src/engine/native/layers.js';
import { initialize, type LayerKind, type LayerSpec, layerKinds } from '../../../src/network/index.js';

type Row = { readonly layer: LayerSpec; readonly encoded: Partial<NativeLayer> };

const window = { kernelSize: [3, 2], strides: [2, 1], dilation: [1, 2], padding: 'same' } as const;
// Same padding on 7 x 6: rows (ceil(7/2) - 1) 2 + 3 - 7 = 2, so 1 and 1; columns (6 - 1) 1 + 3 - 6 = 2, so 1 and 1.
const windowInts = [3, 2, 2, 1, 1, 2, 1, 1, 1, 1];

/** Each kind behind an input of [7, 6, 4]: what the C++ engine must be told, by the table that both sides agreed on. */
const rows: { readonly [K in Exclude<LayerKind, 'input' | 'dense'>]: Row } = {
  conv2d: {
    layer: { name: 'l', kind: 'conv2d', config: { ...window, filters: 6, groups: 2 } },
    encoded: { kind: 'conv2d', shape: [4, 6, 6], ints: [...windowInts, 2], weights: [new Float32Array(72), null] },
  },
  depthwiseConv2d: {
    layer: { name: 'l', kind: 'depthwiseConv2d', config: { ...window, depthMultiplier: 3 } },
    encoded: { kind: 'depthwiseConv2d', shape: [4, 6, 12], ints: [...windowInts, 3] },
  },
  batchNorm: {
    layer: { name: 'l', kind: 'batchNorm', config: { epsilon: 0.5 } },
    encoded: { kind: 'batchNorm', floats: [0.5] },
  },
  activation: {
    layer: { name: 'l', kind: 'activation', config: { fn: 'hardSigmoid', beta: 0.25 } },
    encoded: { kind: 'activation:hardSigmoid', floats: [0.2, 0.25] },
  },
  maxPool2d: {
    layer: {
      name: 'l',
      kind: 'maxPool2d',
      config: {
        kernelSize: [3, 3],
        padding: [
          [0, 1],
          [2, 1],
        ],
      },
    },
    encoded: { kind: 'maxPool2d', ints: [3, 3, 2, 2, 1, 1, 0, 1, 2, 1] },
  },
  avgPool2d: {
    layer: { name: 'l', kind: 'avgPool2d', config: { includePadding: true } },
    encoded: { kind: 'avgPool2d', ints: [2, 2, 2, 2, 1, 1, 0, 0, 0, 0, 1] },
  },
  globalAvgPool2d: {
    layer: { name: 'l', kind: 'globalAvgPool2d' },
    encoded: { kind: 'globalAvgPool2d', shape: [4] },
  },
  flatten: { layer: { name: 'l', kind: 'flatten' }, encoded: { kind: 'reshape', shape: [168] } },
  reshape: {
    layer: { name: 'l', kind: 'reshape', config: { shape: [6, 28] } },
    encoded: { kind: 'reshape', shape: [6, 28] },
  },
  dropout: { layer: { name: 'l', kind: 'dropout' }, encoded: { kind: 'reshape', shape: [7, 6, 4] } },
  add: { layer: { name: 'l', kind: 'add', inputs: ['in', 'in'] }, encoded: { kind: 'add', inputs: [0, 0] } },
  multiply: {
    layer: { name: 'l', kind: 'multiply', inputs: ['in', 'in'] },
    encoded: { kind: 'multiply', inputs: [0, 0] },
  },
  concat: {
    layer: { name: 'l', kind: 'concat', inputs: ['in', 'in'], config: { axis: -2 } },
    encoded: { kind: 'concat', ints: [1], shape: [7, 12, 4] },
  },
  zeroPad2d: {
    layer: {
      name: 'l',
      kind: 'zeroPad2d',
      config: {
        padding: [
          [1, 2],
          [3, 4],
        ],
      },
    },
    encoded: { kind: 'zeroPad2d', ints: [1, 2, 3, 4], shape: [10, 13, 4] },
  },
};

const input: LayerSpec = { name: 'in', kind: 'input', config: { shape: [7, 6, 4] } };

describe('encodeNetwork', () => {
  it.each(Object.entries(rows))('tells %s as agreed', (_kind, { layer, encoded }) => {
    const [, second] = encodeNetwork(initialize({ layers: [input, layer] }, { seed: 0 }));
    const { weights, ...rest } = encoded;
    expect(second).toMatchObject(rest);
    if (weights) expect(second?.weights.map((weight) => weight?.length)).toEqual([72, 6]);
  });

  it('tells input and dense as agreed, with the weights themselves', () => {
    const network = initialize(
      {
        layers: [{ ...input, config: { shape: [4] } } as LayerSpec, { name: 'l', kind: 'dense', config: { units: 3 } }],
      },
      { seed: 0 },
    );
    const [first, second] = encodeNetwork(network);
    expect(first).toEqual({ kind: 'input', inputs: [], shape: [4], ints: [], floats: [], weights: [] });
    expect(second).toMatchObject({ kind: 'dense', inputs: [0], shape: [3], ints: [], floats: [] });
    expect(second?.weights[0]).toBe(network.layers[1]?.weights.kernel?.data);
  });

  it('is tested here for every layer kind', () => {
    expect([...Object.keys(rows), 'input', 'dense'].sort()).toEqual([...layerKinds].sort());
  });
});
