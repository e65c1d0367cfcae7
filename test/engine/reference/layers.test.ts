import { describe, expect, test } from 'vitest';
import { createNetwork, type LayerConfigs, type LayerKind, type LayerSpec } from '../../../src/network/index.js';
import { type Shape, sizeOf, type Tensor, tensor } from '../../../src/tensor/tensor.js';
import { createRandom } from '../../../src/util/random.js';
import { between, pick } from '../../support/draft.js';
import { naivePass } from '../../support/naive.js';
import { expectClose, tolerances } from '../../support/tolerance.js';

interface Case<K extends LayerKind> {
  readonly kind: K;
  readonly config?: Partial<LayerConfigs[K]>;
  readonly weights?: Readonly<Record<string, Tensor>>;
  readonly shape: Shape;
  readonly x: readonly number[];
}

/** The output of one layer behind an input of this shape. */
function run<K extends LayerKind>({ kind, config = {}, weights = {}, shape, x }: Case<K>): number[] {
  return runAll([{ name: 'layer', kind, config, weights } as LayerSpec], shape, x);
}

/** The output of the last layer of a network. */
function runAll(layers: readonly LayerSpec[], shape: Shape, x: readonly number[]): number[] {
  const network = createNetwork({ layers: [{ name: 'input', kind: 'input', config: { shape } }, ...layers] });
  const sample = { x: Float32Array.from(x), count: 1, scale: 1 };
  return [...(naivePass(network, sample, 0)[network.output] as Float64Array)];
}

const weight = (shape: Shape, values: readonly number[]): Tensor => tensor(shape, Float32Array.from(values));
const counted = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe('dense', () => {
  const kernel = weight([2, 3], [1, 2, 3, 10, 20, 30]);

  test('dense is x @ kernel + bias', () => {
    const bias = weight([3], [0.5, 0, -1]);
    expect(run({ kind: 'dense', config: { units: 3 }, weights: { kernel, bias }, shape: [2], x: [2, -1] })).toEqual([
      2 - 10 + 0.5,
      4 - 20,
      6 - 30 - 1,
    ]);
  });

  test('dense without bias adds none', () => {
    expect(run({ kind: 'dense', config: { units: 3 }, weights: { kernel }, shape: [2], x: [1, 1] })).toEqual([
      11, 22, 33,
    ]);
  });
});

describe('conv2d', () => {
  test('conv2d is a cross-correlation: the kernel is not turned', () => {
    const kernel = weight([2, 2, 1, 1], [1, 2, 3, 4]);
    const config = { filters: 1, kernelSize: [2, 2] as const };
    expect(run({ kind: 'conv2d', config, weights: { kernel }, shape: [2, 3, 1], x: counted(6) })).toEqual([
      1 * 1 + 2 * 2 + 4 * 3 + 5 * 4,
      2 * 1 + 3 * 2 + 5 * 3 + 6 * 4,
    ]);
  });

  test('conv2d same pads the odd zero at the bottom and right', () => {
    const kernel = weight([2, 2, 1, 1], [1, 10, 100, 1000]);
    const config = { filters: 1, kernelSize: [2, 2] as const, padding: 'same' as const };
    expect(run({ kind: 'conv2d', config, weights: { kernel }, shape: [2, 2, 1], x: [1, 2, 3, 4] })).toEqual([
      4321, 402, 43, 4,
    ]);
  });

  test('conv2d with groups keeps the groups apart', () => {
    const kernel = weight([1, 1, 2, 4], [1, 2, 3, 4, 10, 20, 30, 40]);
    const config = { filters: 4, kernelSize: [1, 1] as const, groups: 2 };
    const bias = weight([4], [0.5, 0, 0, 0]);
    expect(run({ kind: 'conv2d', config, weights: { kernel, bias }, shape: [1, 1, 4], x: [1, 2, 3, 4] })).toEqual([
      1 * 1 + 2 * 10 + 0.5,
      1 * 2 + 2 * 20,
      3 * 3 + 4 * 30,
      3 * 4 + 4 * 40,
    ]);
  });

  test('conv2d with dilation skips pixels', () => {
    const kernel = weight([1, 2, 1, 1], [1, 10]);
    const config = { filters: 1, kernelSize: [1, 2] as const, dilation: [1, 3] as const };
    expect(run({ kind: 'conv2d', config, weights: { kernel }, shape: [1, 5, 1], x: counted(5) })).toEqual([41, 52]);
  });
});

/** Padding by TensorFlow's rule, found by trying: the fewest zeros that let `ceil(size / stride)` windows fit. */
function sameZeros(size: number, extent: number, stride: number): readonly [number, number] {
  let total = 0;
  while (Math.floor((size + total - extent) / stride) + 1 < Math.ceil(size / stride)) total += 1;
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

interface Drawn {
  readonly shape: readonly [number, number, number];
  readonly kernelSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly padding: 'same' | readonly [readonly [number, number], readonly [number, number]];
  readonly x: readonly number[];
}

function drawn(seed: number): Drawn {
  const random = createRandom(seed);
  const pair = (from: number, to: number) => [between(random, from, to), between(random, from, to)] as const;
  const shape = [between(random, 5, 7), between(random, 5, 7), 2 * between(random, 1, 2)] as const;
  const padding = pick(random, ['same', [pair(0, 2), pair(0, 2)]] as const);
  const x = Array.from({ length: sizeOf(shape) }, () => Math.fround(random.normal()));
  return { shape, kernelSize: pair(1, 3), strides: pair(1, 3), dilation: pair(1, 2), padding, x };
}

function zerosOf({ shape, kernelSize, strides, dilation, padding }: Drawn) {
  if (padding !== 'same') return padding;
  const along = (axis: 0 | 1) => sameZeros(shape[axis], (kernelSize[axis] - 1) * dilation[axis] + 1, strides[axis]);
  return [along(0), along(1)] as const;
}

/** Every pair of an input pixel and an output position that a window connects, with the tap that does, by search. */
function connections(window: Drawn) {
  const { shape, kernelSize, strides, dilation } = window;
  const zeros = zerosOf(window);
  const along = (axis: 0 | 1) => {
    const extent = (kernelSize[axis] - 1) * dilation[axis] + 1;
    const padded = shape[axis] + zeros[axis][0] + zeros[axis][1];
    const found: { from: number; to: number; tap: number }[] = [];
    let outputs = 0;
    for (let start = 0; start + extent <= padded; start += strides[axis]) {
      for (let tap = 0; tap < kernelSize[axis]; tap++) {
        const from = start + tap * dilation[axis] - zeros[axis][0];
        if (from >= 0 && from < shape[axis]) found.push({ from, to: outputs, tap });
      }
      outputs += 1;
    }
    return { found, outputs };
  };
  const [rows, columns] = [along(0), along(1)];
  const all = rows.found.flatMap((row) => columns.found.map((column) => ({ row, column })));
  return { all, height: rows.outputs, width: columns.outputs };
}

const seeds = Array.from({ length: 40 }, (_, i) => i);

describe.each(seeds)('windows drawn from seed %i', (seed) => {
  const window = drawn(seed);
  const { shape, kernelSize, strides, dilation, padding, x } = window;
  const [, width, channels] = shape;
  const config = { kernelSize, strides, dilation, padding };
  const reached = connections(window);
  const pixel = (row: number, column: number, c: number): number => x[(row * width + column) * channels + c] as number;
  const area = kernelSize[0] * kernelSize[1];

  test('conv2d in two groups is the sum over all connections', () => {
    const filters = 6;
    const random = createRandom(seed + 1000);
    const perGroup = channels / 2;
    const kernel = Float32Array.from({ length: area * perGroup * filters }, () => random.normal());
    const expected = new Float64Array(reached.height * reached.width * filters);
    for (const { row, column } of reached.all) {
      for (let c = 0; c < channels; c++) {
        for (let f = 0; f < filters; f++) {
          if (Math.floor(c / perGroup) !== Math.floor(f / 3)) continue;
          const tap = row.tap * kernelSize[1] + column.tap;
          const w = kernel[(tap * perGroup + (c % perGroup)) * filters + f] as number;
          const at = (row.to * reached.width + column.to) * filters + f;
          expected[at] = (expected[at] as number) + w * pixel(row.from, column.from, c);
        }
      }
    }
    const weights = { kernel: tensor([...kernelSize, perGroup, filters], kernel) };
    const actual = run({ kind: 'conv2d', config: { ...config, filters, groups: 2 }, weights, shape, x });
    expectClose(actual, expected, tolerances.double);
  });

  test('depthwiseConv2d with two outputs a channel is the sum over all connections', () => {
    const random = createRandom(seed + 2000);
    const kernel = Float32Array.from({ length: area * channels * 2 }, () => random.normal());
    const bias = Float32Array.from({ length: channels * 2 }, () => random.normal());
    const expected = Array.from({ length: reached.height * reached.width }, () => [...bias]).flat();
    for (const { row, column } of reached.all) {
      for (let c = 0; c < channels; c++) {
        for (const m of [0, 1]) {
          const w = kernel[((row.tap * kernelSize[1] + column.tap) * channels + c) * 2 + m] as number;
          const at = (row.to * reached.width + column.to) * channels * 2 + c * 2 + m;
          expected[at] = (expected[at] as number) + w * pixel(row.from, column.from, c);
        }
      }
    }
    const weights = { kernel: tensor([...kernelSize, channels, 2], kernel), bias: tensor([channels * 2], bias) };
    const actual = run({ kind: 'depthwiseConv2d', config: { ...config, depthMultiplier: 2 }, weights, shape, x });
    expectClose(actual, expected, tolerances.double);
  });

  /** The values that reach each number of the output. */
  const gathered = (): number[][] => {
    const lists: number[][] = Array.from({ length: reached.height * reached.width * channels }, () => []);
    for (const { row, column } of reached.all) {
      for (let c = 0; c < channels; c++) {
        lists[(row.to * reached.width + column.to) * channels + c]?.push(pixel(row.from, column.from, c));
      }
    }
    return lists;
  };

  const someEmpty = gathered().some((values) => values.length === 0);

  const refusal = 'a window lies in the padding alone';

  test('maxPool2d is the largest connected value; without one it is refused', () => {
    const pool = () => run({ kind: 'maxPool2d', config, shape, x });
    if (someEmpty) expect(pool).toThrow(refusal);
    else expect(pool()).toEqual(gathered().map((values) => Math.max(...values)));
  });

  test.each([
    true,
    false,
  ])('avgPool2d divides by connected positions, by all taps if padding is included: %s', (includePadding) => {
    const pool = () => run({ kind: 'avgPool2d', config: { ...config, includePadding }, shape, x });
    const mean = (values: readonly number[]) =>
      values.reduce((a, b) => a + b, 0) / (includePadding ? area : values.length);
    if (someEmpty) expect(pool).toThrow(refusal);
    else expectClose(pool(), gathered().map(mean), tolerances.double);
  });
});

describe('pooling', () => {
  test('maxPool2d never lets padding win over negative values', () => {
    const config = { kernelSize: [2, 2], strides: [2, 2], padding: 'same' } as const;
    expect(run({ kind: 'maxPool2d', config, shape: [3, 3, 1], x: counted(9).map((v) => -v) })).toEqual([
      -1, -3, -7, -9,
    ]);
  });

  test('globalAvgPool2d is the mean of each channel', () => {
    const x = [1, 10, 2, 20, 3, 30, 6, 60];
    expect(run({ kind: 'globalAvgPool2d', shape: [2, 2, 2], x })).toEqual([3, 30]);
    expect(run({ kind: 'globalAvgPool2d', config: { keepDims: true }, shape: [2, 2, 2], x })).toEqual([3, 30]);
  });
});

describe('batchNorm', () => {
  const mean = weight([2], [1, -2]);
  const variance = weight([2], [4, 0.25]);

  test('batchNorm is gamma (x - mean) / sqrt(variance + epsilon) + beta', () => {
    const weights = { gamma: weight([2], [3, 2]), beta: weight([2], [0.5, -1]), mean, variance };
    const config = { epsilon: 0 };
    expect(run({ kind: 'batchNorm', config, weights, shape: [1, 2, 2], x: [3, -1, 1, -2] })).toEqual([
      3 * (2 / 2) + 0.5,
      2 * (1 / 0.5) - 1,
      0.5,
      -1,
    ]);
  });

  test('batchNorm without gamma and beta only standardizes, with epsilon under the root', () => {
    const weights = { mean, variance };
    expect(run({ kind: 'batchNorm', config: { epsilon: 5 }, weights, shape: [2], x: [4, -2] })).toEqual([1, 0]);
  });
});

describe('shapes', () => {
  test('flatten, reshape and dropout keep numbers and order', () => {
    const x = counted(12);
    expect(run({ kind: 'flatten', shape: [2, 3, 2], x })).toEqual(x);
    expect(run({ kind: 'reshape', config: { shape: [3, 4] }, shape: [2, 3, 2], x })).toEqual(x);
    expect(run({ kind: 'dropout', config: { rate: 0.9 }, shape: [12], x })).toEqual(x);
  });

  test('zeroPad2d puts zeros around an image', () => {
    const config = {
      padding: [
        [1, 0],
        [0, 2],
      ],
    } as const;
    expect(run({ kind: 'zeroPad2d', config, shape: [1, 2, 2], x: [1, 2, 3, 4] })).toEqual([
      0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0,
    ]);
  });
});

/** Two layers that make `[1, 1, channels]` means of an image and keep the image beside it. */
const squeeze: LayerSpec = { name: 'mean', kind: 'globalAvgPool2d', config: { keepDims: true }, inputs: ['input'] };

describe('joins', () => {
  const x = [1, 10, 3, 30];

  test('add and multiply repeat axes of size 1', () => {
    const add: LayerSpec = { name: 'join', kind: 'add', inputs: ['input', 'mean'] };
    const multiply: LayerSpec = { name: 'join', kind: 'multiply', inputs: ['mean', 'input'] };
    expect(runAll([squeeze, add], [1, 2, 2], x)).toEqual([3, 30, 5, 50]);
    expect(runAll([squeeze, multiply], [1, 2, 2], x)).toEqual([2, 200, 6, 600]);
  });

  test('add repeats different axes of its inputs', () => {
    const column: LayerSpec = { name: 'column', kind: 'reshape', config: { shape: [2, 1] }, inputs: ['input'] };
    const row: LayerSpec = { name: 'row', kind: 'reshape', config: { shape: [1, 2] }, inputs: ['input'] };
    const join: LayerSpec = { name: 'join', kind: 'add', inputs: ['column', 'row'] };
    expect(runAll([column, row, join], [2], [1, 10])).toEqual([2, 11, 11, 20]);
  });

  test('add takes the same layer many times', () => {
    expect(runAll([{ name: 'join', kind: 'add', inputs: ['input', 'input', 'input'] }], [2], [1, 2])).toEqual([3, 6]);
  });

  test.each([
    [0, [1, 2, 3, 4, 1, 2, 3, 4]],
    [1, [1, 2, 1, 2, 3, 4, 3, 4]],
    [2, [1, 1, 2, 2, 3, 3, 4, 4]],
    [-1, [1, 1, 2, 2, 3, 3, 4, 4]],
    [-3, [1, 2, 3, 4, 1, 2, 3, 4]],
  ])('concat along axis %i', (axis, expected) => {
    const join: LayerSpec = { name: 'join', kind: 'concat', config: { axis }, inputs: ['input', 'input'] };
    expect(runAll([join], [2, 2, 1], [1, 2, 3, 4])).toEqual(expected);
  });

  test('concat joins inputs of different sizes', () => {
    const join: LayerSpec = { name: 'join', kind: 'concat', config: { axis: 1 }, inputs: ['input', 'pad'] };
    const pad: LayerSpec = {
      name: 'pad',
      kind: 'zeroPad2d',
      config: {
        padding: [
          [0, 0],
          [1, 0],
        ],
      },
      inputs: ['input'],
    };
    expect(runAll([pad, join], [2, 1, 1], [1, 2])).toEqual([1, 0, 1, 2, 0, 2]);
  });
});
