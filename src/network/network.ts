import type { Shape, Tensor } from '../tensor/tensor.js';
import type { LayerConfigs, LayerKind } from './layers/index.js';

declare const layerIdBrand: unique symbol;
/** Index of a layer in `network.layers`. */
export type LayerId = number & { readonly [layerIdBrand]: true };

/** What a network is trained to make small. */
export type LossName = 'crossentropy' | 'binary-crossentropy' | 'mse';

/** One vertex of the graph. */
export interface LayerOf<K extends LayerKind> {
  readonly id: LayerId;
  readonly name: string;
  readonly kind: K;
  /** The layers whose outputs it takes, all with smaller ids. */
  readonly inputs: readonly LayerId[];
  readonly config: LayerConfigs[K];
  /** Weights by name, as Keras lays them out; optional ones may be missing. */
  readonly weights: Readonly<Record<string, Tensor>>;
  /** Shape of one sample's output. */
  readonly outputShape: Shape;
}

/** A layer of any kind. */
export type Layer = { [K in LayerKind]: LayerOf<K> }[LayerKind];

/**
 * A trained model as frozen plain data: an acyclic graph of layers with one input, in an order in which every layer comes
 * after its inputs. Images are `[height, width, channels]`.
 */
export interface Network {
  readonly name: string;
  readonly layers: readonly Layer[];
  readonly input: LayerId;
  /** The layers whose outputs are the network's, in the model's order. */
  readonly outputs: readonly LayerId[];
  /** The one of the outputs that is measured: losses, criteria and ablation speak of it. */
  readonly output: LayerId;
  /** The loss that the model file named, if it named one. */
  readonly loss: LossName | null;
  /** The layout in which the model takes images: what data for it looks like. `nchw` comes from ONNX. */
  readonly inputLayout: 'nhwc' | 'nchw';
}

/**
 * The layer with this id.
 *
 * @throws RangeError if there is none: a bug of the caller, since ids come from the network.
 */
export function layerAt(network: Network, id: LayerId): Layer {
  const layer = network.layers[id];
  if (!layer) throw new RangeError(`no layer ${id} among ${network.layers.length}`);
  return layer;
}

/** Shapes of a layer's inputs, in order. */
export function inputShapes(network: Network, layer: Layer): Shape[] {
  return layer.inputs.map((id) => layerAt(network, id).outputShape);
}

/** For each layer the layers that take its output. */
export function consumersOf(network: Network): readonly (readonly LayerId[])[] {
  const consumers: LayerId[][] = network.layers.map(() => []);
  for (const layer of network.layers) for (const id of layer.inputs) consumers[id]?.push(layer.id);
  return consumers;
}
