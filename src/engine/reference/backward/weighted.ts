import type { LayerKind, LayerOf } from '../../../network/index.js';
import { sizeOf } from '../../../tensor/tensor.js';
import type { BackwardRule } from '../../propagation.js';
import type { Values } from '../values.js';
import { type Connections, channelSums, kernelGradient, transposedProduct } from './connections.js';
import { passShares } from './shares.js';
import type { LayerBackward, Step } from './step.js';

/** A walk over all connections between the input and the output of a layer of this kind. */
type Walk<K extends LayerKind> = (layer: LayerOf<K>, input: Values) => Connections['each'];

type Way<T> = (
  rule: Extract<BackwardRule, { readonly type: T }>,
  connections: Connections,
  x: Float64Array,
  signal: Float64Array,
) => { readonly signal: Float64Array; readonly dead: number };

const ways: { readonly [T in BackwardRule['type']]: Way<T> } = {
  gradient: (_rule, connections, _x, signal) => ({ signal: transposedProduct(connections, signal), dead: 0 }),
  pass: (_rule, _connections, _x, signal) => ({ signal: signal.slice(), dead: 0 }),
  shares: ({ shares }, connections, x, signal) => passShares(connections, x, signal, shares),
};

/** How every layer with weights hands a signal back. */
export function passWeighted(connections: Connections, { rule, inputs, signal }: Step) {
  const way = ways[rule.type] as Way<BackwardRule['type']>;
  const { signal: handed, dead } = way(rule, connections, inputs[0]!.data, signal);
  return { signals: [handed], dead };
}

/** A layer kind whose weights are a kernel and a bias. */
export function weighted<K extends LayerKind>(walk: Walk<K>): LayerBackward<K> {
  const connect = (layer: LayerOf<K>, input: Values): Connections => ({
    inputs: input.data.length,
    outputs: sizeOf(layer.outputShape),
    kernel: layer.weights.kernel!.data,
    bias: layer.weights.bias?.data ?? null,
    each: walk(layer, input),
  });
  return {
    pass: (layer, step) => passWeighted(connect(layer, step.inputs[0]!), step),
    weightGradients: (layer, { inputs, signal }) => {
      const connections = connect(layer, inputs[0]!);
      const kernel = kernelGradient(connections, inputs[0]!.data, signal);
      const { bias } = connections;
      return bias ? { kernel, bias: channelSums(bias.length, signal) } : { kernel };
    },
  };
}

/** Layers that add up fixed shares of their inputs, `inputs` end to end: poolings by means, sums. */
export function passProportionally(connections: Connections, { rule, inputs, signal }: Step) {
  const x = Float64Array.from(inputs.flatMap(({ data }) => [...data]));
  if (rule.type !== 'pass') return { signal: transposedProduct(connections, signal), dead: 0 };
  const product = { input: rule.part, weight: 'signed', bias: 'none', sign: 1 } as const;
  return passShares(connections, x, signal, [{ ...rule, products: [product], factor: 1 }]);
}
