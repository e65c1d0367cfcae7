import { createNetwork, type Network } from '../../src/network/index.js';
import { sizeOf, tensor } from '../../src/tensor/tensor.js';

/** A tensor whose numbers are `f` of their index in PyTorch's order, with the axes moved into ours. */
function filled(shape: readonly number[], order: readonly number[], f: (index: number) => number) {
  const data = Float64Array.from({ length: sizeOf(shape) }, (_, i) => {
    let rest = i;
    const position: number[] = [];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position[axis] = rest % (shape[axis] as number);
      rest = Math.floor(rest / (shape[axis] as number));
    }
    return f(order.reduce((index, axis) => index * (shape[axis] as number) + (position[axis] as number), 0));
  });
  return tensor(shape, data);
}

const weight = (layer: number) => (i: number) => 0.5 * Math.sin(0.7 * i + 0.3 * layer);
const bias = (count: number, layer: number) => filled([count], [0], (i) => 0.1 * Math.cos(1.3 * i + 0.2 * layer));

const kernel = (shape: readonly number[], layer: number) =>
  filled(shape, shape.length === 4 ? [3, 2, 0, 1] : [1, 0], weight(layer));

/** conv 3x3 (3 to 4) - batch norm - relu - conv 1x1 (4 to 5) - relu - global average - linear (5 to 3); images NCHW. */
export function modelA(): Network {
  const each = (f: (i: number) => number) => filled([4], [0], f);
  return createNetwork({
    inputLayout: 'nchw',
    layers: [
      { name: 'input', kind: 'input', config: { shape: [5, 5, 3] } },
      {
        name: 'conv1',
        kind: 'conv2d',
        config: { filters: 4, kernelSize: [3, 3], padding: 'same' },
        weights: { kernel: kernel([3, 3, 3, 4], 0), bias: bias(4, 0) },
      },
      {
        name: 'norm',
        kind: 'batchNorm',
        config: { epsilon: 1e-5 },
        weights: {
          gamma: each((i) => 1 + 0.3 * Math.sin(i + 1)),
          beta: each((i) => 0.2 * Math.cos(2 * i + 1)),
          mean: each((i) => 0.1 * Math.sin(3 * i)),
          variance: each((i) => 1 + 0.5 * Math.cos(i) ** 2),
        },
      },
      { name: 'relu1', kind: 'activation', config: { fn: 'relu' } },
      {
        name: 'conv2',
        kind: 'conv2d',
        config: { filters: 5, kernelSize: [1, 1] },
        weights: { kernel: kernel([1, 1, 4, 5], 2), bias: bias(5, 2) },
      },
      { name: 'relu2', kind: 'activation', config: { fn: 'relu' } },
      { name: 'pool', kind: 'globalAvgPool2d' },
      { name: 'fc', kind: 'dense', config: { units: 3 }, weights: { kernel: kernel([5, 3], 3), bias: bias(3, 3) } },
    ],
  });
}

/** Six images and their labels for model A. */
export const dataA = {
  x: Float64Array.from({ length: 6 * 75 }, (_, i) => Math.sin(0.37 * i + 0.1)),
  y: Int32Array.from({ length: 6 }, (_, i) => i % 3),
};

/** linear 2-6-5-3 with relu between. */
export function modelB(): Network {
  const linear = (layer: number, inputs: number, units: number) =>
    ({
      name: `linear${layer + 1}`,
      kind: 'dense',
      config: { units },
      weights: { kernel: kernel([inputs, units], layer), bias: bias(units, layer) },
    }) as const;
  return createNetwork({
    layers: [
      { name: 'input', kind: 'input', config: { shape: [2] } },
      linear(0, 2, 6),
      { name: 'relu1', kind: 'activation', config: { fn: 'relu' } },
      linear(1, 6, 5),
      { name: 'relu2', kind: 'activation', config: { fn: 'relu' } },
      linear(2, 5, 3),
    ],
  });
}

export const dataB = {
  x: Float64Array.from({ length: 16 }, (_, i) => Math.sin(0.9 * i + 0.2)),
  y: Int32Array.from({ length: 8 }, (_, i) => i % 3),
};

/** The dense network of the vectors with its kernels written `[out][in]`: one hidden relu layer `hidden`. */
export function mlpOf(
  layers: readonly { readonly W: readonly (readonly number[])[]; readonly b: readonly number[] }[],
): Network {
  const [hidden, output] = layers.map(({ W, b }, i) => {
    const inputs = (W[0] as readonly number[]).length;
    const data = Float64Array.from(
      { length: inputs * b.length },
      (_, at) => W[at % b.length]![Math.floor(at / b.length)]!,
    );
    const weights = { kernel: tensor([inputs, b.length], data), bias: tensor([b.length], Float64Array.from(b)) };
    return { name: i === 0 ? 'hidden' : 'output', kind: 'dense', config: { units: b.length }, weights } as const;
  });
  const inputs = hidden!.weights.kernel.shape[0] as number;
  return createNetwork({
    layers: [
      { name: 'input', kind: 'input', config: { shape: [inputs] } },
      hidden!,
      { name: 'relu', kind: 'activation', config: { fn: 'relu' } },
      output!,
    ],
  });
}
