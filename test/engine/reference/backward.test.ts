import { describe, test } from 'vitest';
import { layerBackwards } from '../../../src/engine/reference/backward/index.js';
import type { LayerBackward } from '../../../src/engine/reference/backward/step.js';
import { layerForwards } from '../../../src/engine/reference/layers/index.js';
import type { LayerForward, Values } from '../../../src/engine/reference/values.js';
import { createNetwork, inputShapes, type LayerKind, type LayerSpec } from '../../../src/network/index.js';
import { type Shape, sizeOf, tensor } from '../../../src/tensor/tensor.js';
import { createRandom } from '../../../src/util/random.js';
import { expectClose, tolerances } from '../../support/tolerance.js';

const image = [5, 6, 2] as const;
const padding = [
  [1, 0],
  [1, 2],
] as const;
const window = { kernelSize: [3, 3], strides: [2, 1], padding } as const;

/** Layers without weights that add up fixed parts of their inputs. */
const linear: readonly (readonly [string, readonly Shape[], Omit<LayerSpec, 'name'>])[] = [
  ['avgPool2d', [image], { kind: 'avgPool2d', config: { ...window, includePadding: false } }],
  ['avgPool2d with padding', [image], { kind: 'avgPool2d', config: { ...window, includePadding: true } }],
  [
    'avgPool2d dilated',
    [image],
    { kind: 'avgPool2d', config: { kernelSize: [2, 3], dilation: [2, 2], strides: [1, 1] } },
  ],
  ['globalAvgPool2d', [image], { kind: 'globalAvgPool2d', config: { keepDims: true } }],
  ['add', [image, [1, 1, 2], [5, 6, 1]], { kind: 'add' }],
  ['concat', [image, [5, 3, 2]], { kind: 'concat', config: { axis: 1 } }],
  ['zeroPad2d', [image], { kind: 'zeroPad2d', config: { padding } }],
  ['reshape', [image], { kind: 'reshape', config: { shape: [3, 20] } }],
];

/** A kernel that is of no matter. */
function zeros(kernelSize: readonly [number, number], filters: number) {
  const shape = [...kernelSize, image[2], filters];
  return { kernel: tensor(shape, new Float64Array(sizeOf(shape))) };
}

/** The layer alone, its inputs brought into their shapes by what is of no matter here. */
function layerOf(shapes: readonly Shape[], spec: Omit<LayerSpec, 'name'>) {
  const [height, width] = image;
  const sources = shapes.map((shape, i): LayerSpec => {
    const kernelSize = [height - shape[0]! + 1, width - shape[1]! + 1] as const;
    return {
      name: `s${i}`,
      kind: 'conv2d',
      inputs: ['input'],
      config: { filters: shape[2]!, kernelSize },
      weights: zeros(kernelSize, shape[2]!),
    };
  });
  const input: LayerSpec = { name: 'input', kind: 'input', config: { shape: image } };
  const layer = { name: 'layer', inputs: sources.map(({ name }) => name), ...spec } as LayerSpec;
  const network = createNetwork({ layers: [input, ...sources, layer] });
  const own = network.layers[network.output]!;
  return { layer: own, shapes: inputShapes(network, own) };
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

describe.each(linear)('%s', (_name, given, spec) => {
  const { layer, shapes } = layerOf(given, spec);
  const random = createRandom(6);
  const draw = (length: number) => Float64Array.from({ length }, () => random.normal());
  const inputs: Values[] = shapes.map((shape) => ({ shape, data: draw(sizeOf(shape)) }));
  const signal = draw(sizeOf(layer.outputShape));
  const forward = (values: readonly Values[]) =>
    (layerForwards[layer.kind] as LayerForward<LayerKind>)(layer, ...(values as [Values, ...Values[]]));
  const backward = layerBackwards[layer.kind] as LayerBackward<LayerKind>;

  test('hands gradients back by its transposed matrix', () => {
    const step = { rule: { type: 'gradient' }, inputs, output: forward(inputs), signal } as const;
    const { signals } = backward.pass(layer, step);
    const back = inputs.reduce((sum, { data }, i) => sum + dot(data, signals[i]!), 0);
    expectClose([back], [dot(forward(inputs), signal)], tolerances.double);
  });

  test.each(['signed', 'absolute'] as const)('shares relevance in proportion to %s contributions', (part) => {
    const sized = (value: number) => (part === 'absolute' ? Math.abs(value) : value);
    const stabiliser = { epsilon: 0.5, stabiliser: 'signed' } as const;
    const step = { rule: { type: 'pass', part, ...stabiliser }, inputs, output: forward(inputs), signal } as const;
    const { signals } = backward.pass(layer, step);
    const shared = layer.kind === 'avgPool2d' || layer.kind === 'globalAvgPool2d' || layer.kind === 'add';
    const parts = inputs.map(({ shape, data }) => ({ shape, data: data.map(sized) }));
    const z = forward(parts);
    const ratios = shared ? signal.map((r, j) => r / (z[j]! + (z[j]! < 0 ? -0.5 : 0.5))) : signal;
    // Each number alone, in front of the layer: what it adds to the outputs gets its part of what they have.
    const alone = (input: number, i: number, value: number): Values[] =>
      parts.map(({ shape, data }, own) => ({
        shape,
        data: data.map((_, k) => (own === input && k === i ? value : 0)),
      }));
    const expected = parts.map(({ data }, input) =>
      data.map((value, i) => dot(forward(alone(input, i, shared ? value : 1)), ratios)),
    );
    for (const [i, values] of expected.entries()) expectClose(signals[i]!, values, tolerances.double, `input ${i}`);
  });
});
