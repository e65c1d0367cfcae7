import { describe, expect, test } from 'vitest';
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

/** What a layer that is not linear hands back by the rule that passes on. */
function passedOn(given: readonly Shape[], spec: Omit<LayerSpec, 'name'>, values: readonly (readonly number[])[]) {
  const { layer, shapes } = layerOf(given, spec);
  const inputs: Values[] = shapes.map((shape, i) => ({ shape, data: Float64Array.from(values[i]!) }));
  const forward = layerForwards[layer.kind] as LayerForward<LayerKind>;
  const output = forward(layer, ...(inputs as [Values, ...Values[]]));
  const signal = output.map((_, j) => j + 1);
  const rule = { type: 'pass', part: 'signed', epsilon: 0, stabiliser: 'signed' } as const;
  return (layerBackwards[layer.kind] as LayerBackward<LayerKind>).pass(layer, { rule, inputs, output, signal });
}

describe('relevance at layers that are not linear', () => {
  const square = [3, 3, 2] as const;
  const draw = (() => {
    const random = createRandom(9);
    return (length: number) => Array.from({ length }, () => random.normal());
  })();

  test('a max pooling gives all to the winner, of equals to the first', () => {
    const channels = [
      [5, 1, 1, 5, 2, 9, 0, 3, 9],
      [-1, -1, -2, -3, -4, -5, -6, -7, -5],
    ];
    const values = channels[0]!.flatMap((value, i) => [value, channels[1]![i]!]);
    const config = { kernelSize: [2, 2], strides: [1, 1] } as const;
    const { signals, dead } = passedOn([square], { kind: 'maxPool2d', config }, [values]);
    // Windows at (0, 0), (0, 1), (1, 0) and (1, 1) receive 1, 3, 5 and 7 in the first channel, one more in the second.
    const first = [1, 0, 0, 5, 0, 3 + 7, 0, 0, 0];
    const second = [2, 4, 0, 6, 8, 0, 0, 0, 0];
    expect([...signals[0]!]).toEqual(first.flatMap((value, i) => [value, second[i]!]));
    expect(dead).toBe(0);
  });

  test('a product gives equal parts to its factors, summed over what it repeats', () => {
    const { signals } = passedOn([square, [1, 1, 2]], { kind: 'multiply' }, [draw(18), draw(2)]);
    const halves = Array.from({ length: 18 }, (_, j) => (j + 1) / 2);
    expectClose(signals[0]!, halves, tolerances.double);
    const sums = [0, 1].map((c) => halves.filter((_, j) => j % 2 === c).reduce((a, b) => a + b, 0));
    expectClose(signals[1]!, sums, tolerances.double);
  });

  test.each(['relu', 'tanh', 'gelu', 'softmax'] as const)('%s hands on what comes', (fn) => {
    const { signals } = passedOn([square], { kind: 'activation', config: { fn } }, [draw(18)]);
    expect([...signals[0]!]).toEqual(Array.from({ length: 18 }, (_, j) => j + 1));
  });

  test('sums whose parts are all 0 lose what comes, and count it', () => {
    const { signals, dead } = passedOn([square, square], { kind: 'add' }, [
      Array.from({ length: 18 }, (_, i) => (i < 4 ? 0 : 1)),
      Array.from({ length: 18 }, (_, i) => (i < 4 ? 0 : 3)),
    ]);
    expect(dead).toBe(4);
    expectClose(
      signals[0]!,
      Array.from({ length: 18 }, (_, j) => (j < 4 ? 0 : (j + 1) / 4)),
      tolerances.double,
    );
  });
});
