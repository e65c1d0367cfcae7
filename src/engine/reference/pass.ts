import { ancestorsOf, type Layer, type LayerId, type LayerKind, layerAt, type Network } from '../../network/index.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { Samples } from '../engine.js';
import { layerForwards } from './layers/index.js';
import type { Pace } from './pace.js';
import type { LayerForward, Values } from './values.js';

/** The outputs of layers for one sample, by layer; holes where a layer was not computed. */
export type Outputs = readonly (Float64Array | undefined)[];

/** Sample `index` as the network sees it, in the place of the input layer. */
export function sampleAt(network: Network, { x, scale }: Samples, index: number): Outputs {
  const size = sizeOf(layerAt(network, network.input).outputShape);
  const outputs: Float64Array[] = [];
  outputs[network.input] = new Float64Array(x.subarray(index * size, (index + 1) * size)).map((value) => value * scale);
  return outputs;
}

/** Intact outputs with channel `node` of the output of `site` replaced by `value`; what lies behind is not yet true. */
export function cutAt(site: Layer, outputs: Outputs, node: number, value: number): Outputs {
  const channels = site.outputShape.at(-1)!;
  return outputs.with(
    site.id,
    outputs[site.id]!.map((intact, i) => (i % channels === node ? value : intact)),
  );
}

/** `known` outputs with those of `layers`, which are computed in order, resting between them. */
export async function runLayers(
  network: Network,
  layers: readonly Layer[],
  known: Outputs,
  pace: Pace,
): Promise<Outputs> {
  const outputs = [...known];
  for (const layer of layers) {
    await pace();
    outputs[layer.id] = runLayer(network, layer, outputs);
  }
  return outputs;
}

/** The output of one layer from those of its inputs. */
export function runLayer(network: Network, layer: Layer, outputs: Outputs): Float64Array {
  const forward = layerForwards[layer.kind] as LayerForward<LayerKind>;
  return forward(layer, ...(inputsOf(network, layer, outputs) as [Values, ...Values[]]));
}

/** What a layer takes; the input layer takes the sample, which lies in its own place. */
export function inputsOf(network: Network, layer: Layer, outputs: Outputs): Values[] {
  const sources = layer.inputs.length > 0 ? layer.inputs : [layer.id];
  return sources.map((id) => ({ shape: layerAt(network, id).outputShape, data: outputs[id]! }));
}

/** The layers that `targets` need, targets included, in order. */
export function layersToward(network: Network, targets: readonly LayerId[]): Layer[] {
  const needed = new Set(targets.flatMap((id) => [...ancestorsOf(network, id)]));
  return network.layers.filter(({ id }) => needed.has(id));
}

/** The layers of `layers` that depend on the output of `site`, in order, `site` left out. */
export function layersBehind(layers: readonly Layer[], site: LayerId): Layer[] {
  const changed = new Set([site]);
  for (const { id, inputs } of layers) if (inputs.some((input) => changed.has(input))) changed.add(id);
  changed.delete(site);
  return layers.filter(({ id }) => changed.has(id));
}
