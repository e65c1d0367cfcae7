import { type Tensor, tensor } from '../tensor/tensor.js';
import { expectArguments } from '../util/arguments.js';
import { createNetwork, type LayerSpec } from './build.js';
import { definitionOf } from './layers/index.js';
import { consumersOf, type Layer, type LayerId, type LayerOf, layerAt, type Network } from './network.js';
import { describeOutputs } from './outputs.js';

/** A network without the batch normalisations that could be folded, and their names. */
export interface Folded {
  readonly network: Network;
  readonly folded: readonly string[];
}

/**
 * Folds every batch normalisation that alone follows a dense layer or convolution into that layer's weights, which become
 * doubles: `w' = w s`, `b' = (b - mean) s + beta` with `s = gamma / sqrt(variance + epsilon)`. Exact, whatever the layer pads:
 * the normalisation stands behind it. What cannot be folded stays. Layers keep their names, not their ids.
 */
export function foldBatchNorm(network: Network): Folded {
  expectArguments({ network });
  const consumers = consumersOf(network);
  const folds = new Map<LayerId, LayerOf<'batchNorm'>>();
  for (const layer of network.layers) {
    const before = layer.inputs[0];
    if (layer.kind !== 'batchNorm' || before === undefined) continue;
    const alone = consumers[before]?.length === 1 && !network.outputs.includes(before);
    if (alone && definitionOf(layerAt(network, before).kind).hasNodes) folds.set(before, layer);
  }
  const gone = new Map([...folds].map(([before, { id }]) => [id, before]));
  const nameOf = (id: LayerId): string => layerAt(network, gone.get(id) ?? id).name;
  const layers = network.layers.flatMap((layer) => {
    if (gone.has(layer.id)) return [];
    const { name, kind, config } = layer;
    const fold = folds.get(layer.id);
    const weights = fold ? foldedWeights(layer, fold) : layer.weights;
    return [{ name, kind, config, inputs: layer.inputs.map(nameOf), weights } as LayerSpec];
  });
  const { name, loss, inputLayout } = network;
  return {
    network: createNetwork({ name, layers, ...describeOutputs(network, nameOf), loss, inputLayout }),
    folded: [...folds.values()].map((layer) => layer.name),
  };
}

/** The weights of the layer and the normalisation in one; channels are the fastest axis of every kernel's outputs. */
function foldedWeights({ weights }: Layer, norm: LayerOf<'batchNorm'>): Record<string, Tensor> {
  const { gamma, beta, mean, variance } = norm.weights as Record<string, Tensor | undefined>;
  const { kernel, bias } = weights as Record<string, Tensor | undefined>;
  const scale = Float64Array.from(
    variance!.data,
    (value, c) => (gamma?.data[c] ?? 1) / Math.sqrt(value + norm.config.epsilon),
  );
  const shift = scale.map((s, c) => ((bias?.data[c] ?? 0) - mean!.data[c]!) * s + (beta?.data[c] ?? 0));
  const scaled = Float64Array.from(kernel!.data, (w, i) => w * scale[i % scale.length]!);
  return { kernel: tensor(kernel!.shape, scaled), bias: tensor([scale.length], shift) };
}
