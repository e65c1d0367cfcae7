import { ancestorsOf, type Layer, type LayerId, type LayerKind, layerAt, type Network } from '../../network/index.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { Samples } from '../engine.js';
import { layerForwards } from './layers/index.js';
import type { LayerForward, Values } from './values.js';

/** The outputs of layers for one sample, by layer; holes where a layer was not computed. */
export type Outputs = readonly (Float64Array | undefined)[];

/** Sample `index` as the network sees it. */
export function sampleAt(network: Network, { x, scale }: Samples, index: number): Float64Array {
  const size = sizeOf(layerAt(network, network.input).outputShape);
  return Float64Array.from(x.subarray(index * size, (index + 1) * size), (value) => value * scale);
}

/** The layers that `targets` need, targets included, in order. */
export function layersToward(network: Network, targets: readonly LayerId[]): Layer[] {
  const needed = new Set(targets.flatMap((id) => [...ancestorsOf(network, id)]));
  return network.layers.filter(({ id }) => needed.has(id));
}

/** Computes `layers` for one sample. */
export function runSample(network: Network, layers: readonly Layer[], sample: Float64Array): Outputs {
  const outputs: (Float64Array | undefined)[] = [];
  for (const layer of layers) outputs[layer.id] = runLayer(network, layer, outputs, sample);
  return outputs;
}

function runLayer(network: Network, layer: Layer, outputs: Outputs, sample: Float64Array): Float64Array {
  const forward = layerForwards[layer.kind] as LayerForward<LayerKind>;
  if (layer.inputs.length === 0) return forward(layer, { shape: layer.outputShape, data: sample });
  const inputs = layer.inputs.map((id) => ({ shape: layerAt(network, id).outputShape, data: outputs[id]! }));
  return forward(layer, ...(inputs as [Values, ...Values[]]));
}

/** The layers of `layers` that depend on the output of `site`, in order, `site` left out. */
export function layersBehind(layers: readonly Layer[], site: LayerId): Layer[] {
  const changed = new Set([site]);
  for (const { id, inputs } of layers) if (inputs.some((input) => changed.has(input))) changed.add(id);
  changed.delete(site);
  return layers.filter(({ id }) => changed.has(id));
}

/** Intact `outputs` with channel `node` of `site` replaced by `value` and the layers `behind` it computed again. */
export function runCut(
  network: Network,
  { site, behind, outputs }: { readonly site: LayerId; readonly behind: readonly Layer[]; readonly outputs: Outputs },
  node: number,
  value: number,
): Outputs {
  const channels = layerAt(network, site).outputShape.at(-1)!;
  const cut = [...outputs];
  cut[site] = cut[site]!.map((intact, i) => (i % channels === node ? value : intact));
  for (const layer of behind) cut[layer.id] = runLayer(network, layer, cut, cut[network.input]!);
  return cut;
}
