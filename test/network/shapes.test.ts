import { describe, expect, test } from 'vitest';
import {
  initialize,
  type LayerConfigs,
  type LayerKind,
  type LayerSpec,
  layerAt,
  type Padding,
  type Pair,
  resolvePadding,
  summarize,
  type Window,
} from '../../src/network/index.js';
import type { Shape } from '../../src/tensor/tensor.js';

/** What a layer makes of an input of this shape, with its weights' shapes, its parameters and costs. */
function behind<K extends LayerKind>(shape: Shape, kind: K, config: Partial<LayerConfigs[K]> = {}) {
  const layers = [
    { name: 'input', kind: 'input', config: { shape } },
    { name: 'layer', kind, config } as LayerSpec,
  ] as const;
  const network = initialize({ layers }, { seed: 0 });
  const { outputShape, weights } = layerAt(network, network.output);
  const weightShapes = Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, weight.shape]));
  const [, summary] = summarize(network).layers;
  return { outputShape, weightShapes, parameters: summary?.parameters, macs: summary?.macs, nodes: summary?.nodes };
}

interface WindowCase {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: Padding;
  readonly zeros: Pair;
  readonly output: number;
}

const explicit = (before: number, after: number): Padding => [
  [before, after],
  [before, after],
];

/** By hand; `same` as TensorFlow documents it, the odd zero last. */
const windows: readonly WindowCase[] = [
  { size: 7, kernel: 3, stride: 1, dilation: 1, padding: 'valid', zeros: [0, 0], output: 5 },
  { size: 7, kernel: 3, stride: 2, dilation: 1, padding: 'valid', zeros: [0, 0], output: 3 },
  { size: 8, kernel: 3, stride: 2, dilation: 1, padding: 'valid', zeros: [0, 0], output: 3 },
  { size: 7, kernel: 3, stride: 1, dilation: 3, padding: 'valid', zeros: [0, 0], output: 1 },
  { size: 7, kernel: 3, stride: 1, dilation: 1, padding: 'same', zeros: [1, 1], output: 7 },
  { size: 7, kernel: 2, stride: 1, dilation: 1, padding: 'same', zeros: [0, 1], output: 7 },
  { size: 7, kernel: 3, stride: 2, dilation: 1, padding: 'same', zeros: [1, 1], output: 4 },
  { size: 8, kernel: 3, stride: 2, dilation: 1, padding: 'same', zeros: [0, 1], output: 4 },
  { size: 8, kernel: 5, stride: 3, dilation: 1, padding: 'same', zeros: [1, 2], output: 3 },
  { size: 7, kernel: 3, stride: 1, dilation: 2, padding: 'same', zeros: [2, 2], output: 7 },
  { size: 9, kernel: 1, stride: 3, dilation: 1, padding: 'same', zeros: [0, 0], output: 3 },
  { size: 7, kernel: 3, stride: 2, dilation: 1, padding: explicit(0, 2), zeros: [0, 2], output: 4 },
  { size: 2, kernel: 3, stride: 1, dilation: 1, padding: explicit(1, 0), zeros: [1, 0], output: 1 },
];

describe('windows', () => {
  test.each(windows)('$size pixels under kernel $kernel, stride $stride, dilation $dilation, padding $padding', ({
    size,
    kernel,
    stride,
    dilation,
    padding,
    zeros,
    output,
  }) => {
    const window: Window = {
      kernelSize: [kernel, 1],
      strides: [stride, 1],
      dilation: [dilation, 1],
      padding: typeof padding === 'string' ? padding : [padding[0], [0, 0]],
    };
    expect(resolvePadding(window, [size, 4, 2])).toEqual([zeros, [0, 0]]);
    expect(behind([size, 4, 2], 'maxPool2d', window).outputShape).toEqual([output, 4, 2]);

    const turned: Window = {
      kernelSize: [1, kernel],
      strides: [1, stride],
      dilation: [1, dilation],
      padding: typeof padding === 'string' ? padding : [[0, 0], padding[1]],
    };
    expect(resolvePadding(turned, [4, size, 2])).toEqual([[0, 0], zeros]);
    expect(behind([4, size, 2], 'avgPool2d', turned).outputShape).toEqual([4, output, 2]);
  });
});

describe('layers', () => {
  test('dense has a kernel [features, units] and a bias', () => {
    expect(behind([5], 'dense', { units: 3 })).toEqual({
      outputShape: [3],
      weightShapes: { kernel: [5, 3], bias: [3] },
      parameters: 18,
      macs: 15,
      nodes: 3,
    });
  });

  test('conv2d has a kernel [height, width, channels / groups, filters]', () => {
    expect(behind([9, 8, 6], 'conv2d', { filters: 4, kernelSize: [3, 2], strides: [2, 1], groups: 2 })).toEqual({
      outputShape: [4, 7, 4],
      weightShapes: { kernel: [3, 2, 3, 4], bias: [4] },
      parameters: 76,
      macs: 4 * 7 * 4 * 18,
      nodes: 4,
    });
  });

  test('depthwiseConv2d has a kernel [height, width, channels, depthMultiplier]', () => {
    expect(behind([5, 5, 3], 'depthwiseConv2d', { kernelSize: [3, 3], depthMultiplier: 2 })).toEqual({
      outputShape: [3, 3, 6],
      weightShapes: { kernel: [3, 3, 3, 2], bias: [6] },
      parameters: 60,
      macs: 3 * 3 * 6 * 9,
      nodes: 6,
    });
  });

  test('batchNorm has four weights over the last axis', () => {
    expect(behind([2, 2, 3], 'batchNorm')).toEqual({
      outputShape: [2, 2, 3],
      weightShapes: { gamma: [3], beta: [3], mean: [3], variance: [3] },
      parameters: 12,
      macs: 0,
      nodes: 0,
    });
  });

  test.each([
    ['activation', { fn: 'relu' }, [4, 3, 2]],
    ['dropout', {}, [4, 3, 2]],
    ['flatten', {}, [24]],
    ['reshape', { shape: [6, 4] }, [6, 4]],
    ['globalAvgPool2d', {}, [2]],
    ['globalAvgPool2d', { keepDims: true }, [1, 1, 2]],
    ['maxPool2d', {}, [2, 1, 2]],
    [
      'zeroPad2d',
      {
        padding: [
          [1, 2],
          [0, 3],
        ],
      },
      [7, 6, 2],
    ],
  ] as const)('%s %j makes [4, 3, 2] a %j', (kind, config, outputShape) => {
    expect(behind([4, 3, 2], kind as LayerKind, config)).toMatchObject({
      outputShape,
      weightShapes: {},
      macs: 0,
      nodes: 0,
    });
  });
});

describe('joins', () => {
  const joined = (layers: readonly LayerSpec[]): Shape => {
    const network = initialize(
      { layers: [{ name: 'in', kind: 'input', config: { shape: [4, 3, 2] } }, ...layers] },
      { seed: 0 },
    );
    return layerAt(network, network.output).outputShape;
  };
  const squeeze: LayerSpec = { name: 'mean', kind: 'globalAvgPool2d', config: { keepDims: true } };

  test('add and multiply repeat axes of size 1 in any input', () => {
    expect(joined([squeeze, { name: 'join', kind: 'multiply', inputs: ['mean', 'in'] }])).toEqual([4, 3, 2]);
    expect(joined([squeeze, { name: 'join', kind: 'add', inputs: ['in', 'mean', 'in'] }])).toEqual([4, 3, 2]);
  });

  test.each([
    [0, [12, 3, 2]],
    [1, [4, 9, 2]],
    [-1, [4, 3, 6]],
  ] as const)('concat along axis %i adds up its sizes', (axis, shape) => {
    expect(joined([{ name: 'join', kind: 'concat', config: { axis }, inputs: ['in', 'in', 'in'] }])).toEqual(shape);
  });
});
