import {
  activationParameters,
  concatAxis,
  inputShapes,
  type LayerKind,
  type LayerOf,
  type Network,
  resolvePadding,
  type Window,
} from '../../network/index.js';
import type { Shape, Tensor } from '../../tensor/tensor.js';
import type { NativeLayer } from './addon.js';
import { roundToFloats } from './floats.js';

type Encoding = Pick<NativeLayer, 'kind'> & Partial<Pick<NativeLayer, 'ints' | 'floats' | 'weights'>>;
type Encoder<K extends LayerKind> = (layer: LayerOf<K>, inputs: readonly Shape[]) => Encoding;

const windowInts = (window: Window, [input = []]: readonly Shape[]): number[] => [
  ...window.kernelSize,
  ...window.strides,
  ...window.dilation,
  ...resolvePadding(window, input).flat(),
];

const pick = (weights: Readonly<Record<string, Tensor>>, ...names: readonly string[]): (Float32Array | null)[] =>
  names.map((name) => (weights[name] ? roundToFloats(`weight "${name}"`, weights[name].data) : null));

const sameNumbers = (): Encoding => ({ kind: 'reshape' });

/** How each kind is told to the C++ engine; its layers read the lists in this order. */
const encoders: { readonly [K in LayerKind]: Encoder<K> } = {
  input: () => ({ kind: 'input' }),
  dense: ({ weights }) => ({ kind: 'dense', weights: pick(weights, 'kernel', 'bias') }),
  conv2d: ({ config, weights }, inputs) => ({
    kind: 'conv2d',
    ints: [...windowInts(config, inputs), config.groups],
    weights: pick(weights, 'kernel', 'bias'),
  }),
  depthwiseConv2d: ({ config, weights }, inputs) => ({
    kind: 'depthwiseConv2d',
    ints: [...windowInts(config, inputs), config.depthMultiplier],
    weights: pick(weights, 'kernel', 'bias'),
  }),
  batchNorm: ({ config, weights }) => ({
    kind: 'batchNorm',
    floats: [config.epsilon],
    weights: pick(weights, 'gamma', 'beta', 'mean', 'variance'),
  }),
  activation: ({ config }) => {
    const { alpha, beta } = activationParameters(config);
    return { kind: `activation:${config.fn}`, floats: [alpha, beta] };
  },
  maxPool2d: ({ config }, inputs) => ({ kind: 'maxPool2d', ints: windowInts(config, inputs) }),
  avgPool2d: ({ config }, inputs) => ({
    kind: 'avgPool2d',
    ints: [...windowInts(config, inputs), Number(config.includePadding)],
  }),
  globalAvgPool2d: () => ({ kind: 'globalAvgPool2d' }),
  flatten: sameNumbers,
  reshape: sameNumbers,
  dropout: sameNumbers,
  add: () => ({ kind: 'add' }),
  multiply: () => ({ kind: 'multiply' }),
  concat: ({ config }, [first = []]) => ({ kind: 'concat', ints: [concatAxis(config, first)] }),
  zeroPad2d: ({ config }) => ({ kind: 'zeroPad2d', ints: config.padding.flat() }),
};

/** A network as the C++ engine takes it. Weights are referred to, not copied. */
export function encodeNetwork(network: Network): NativeLayer[] {
  return network.layers.map((layer) => {
    const encode = encoders[layer.kind] as Encoder<LayerKind>;
    const encoding = encode(layer, inputShapes(network, layer));
    return { inputs: layer.inputs, shape: layer.outputShape, ints: [], floats: [], weights: [], ...encoding };
  });
}
