import type { Shape } from '../tensor/tensor.js';
import { expectArguments } from '../util/arguments.js';
import type { LayerSpec, NetworkSpec } from './build.js';

const relu = (name: string): LayerSpec => ({ name: `${name}/activation`, kind: 'activation', config: { fn: 'relu' } });
const dense = (name: string, units: number): LayerSpec => ({ name, kind: 'dense', config: { units } });

const classifier = (name: string, classes: number): LayerSpec[] => [
  dense(name, classes),
  { name: `${name}/activation`, kind: 'activation', config: { fn: 'softmax' } },
];

/** Dense relu layers of these widths, then a softmax over the classes; images are flattened first. */
export function denseNetwork(inputShape: Shape, hidden: readonly number[], classes: number): NetworkSpec {
  expectArguments({ inputShape, hidden });
  const flatten: LayerSpec[] = inputShape.length > 1 ? [{ name: 'flatten', kind: 'flatten' }] : [];
  const body = hidden.flatMap((units, i) => [dense(`dense_${i + 1}`, units), relu(`dense_${i + 1}`)]);
  return {
    name: `dense-${hidden.join('-')}`,
    layers: [
      { name: 'input', kind: 'input', config: { shape: inputShape } },
      ...flatten,
      ...body,
      ...classifier('output', classes),
    ],
    loss: 'crossentropy',
  };
}

function convolution(i: number, filters: number, pool: boolean): LayerSpec[] {
  const name = `conv_${i}`;
  const conv: LayerSpec = { name, kind: 'conv2d', config: { filters, kernelSize: [3, 3], padding: 'same' } };
  return [conv, relu(name), ...(pool ? [{ name: `pool_${i}`, kind: 'maxPool2d' } as const] : [])];
}

/** The convolutional network of the ablation study: 32, 64, 128, 256 filters of 3x3, then 64 units. */
function convolutionalNetwork(inputShape: Shape, classes: number): NetworkSpec {
  return {
    name: 'cnn',
    layers: [
      { name: 'input', kind: 'input', config: { shape: inputShape } },
      ...convolution(1, 32, true),
      ...convolution(2, 64, true),
      ...convolution(3, 128, true),
      ...convolution(4, 256, false),
      { name: 'flatten', kind: 'flatten' },
      dense('dense', 64),
      relu('dense'),
      ...classifier('output', classes),
    ],
    loss: 'crossentropy',
  };
}

/** The networks of the ablation study, for images of one shape. */
export const presets = {
  single: (inputShape: Shape, classes: number) => ({ ...denseNetwork(inputShape, [128], classes), name: 'single' }),
  multi: (inputShape: Shape, classes: number) => ({
    ...denseNetwork(inputShape, [128, 64, 32], classes),
    name: 'multi',
  }),
  cnn: convolutionalNetwork,
} as const satisfies Record<string, (inputShape: Shape, classes: number) => NetworkSpec>;

/** A network of {@link presets}. */
export type PresetName = keyof typeof presets;
