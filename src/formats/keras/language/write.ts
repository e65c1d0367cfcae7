import { consumersOf, type Layer, layerAt, type Network } from '../../../network/index.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { Dialect } from './dialect.js';
import { type KerasLayer, Unsupported, unsupported } from './json.js';
import { mappingOf } from './layers/index.js';

/** A Keras layer with its weights, which stand in Keras' order. */
export interface WrittenLayer extends KerasLayer {
  readonly inputs: readonly string[];
  /** Of a whole batch; null where a size is left open. */
  readonly outputShape: readonly (number | null)[];
  readonly weights: ReadonlyMap<string, Tensor>;
}

/** A network in Keras' words. */
export interface WrittenModel {
  readonly layers: readonly WrittenLayer[];
  readonly input: string;
  readonly outputs: readonly string[];
}

/**
 * The Keras model that a network is. An activation `<name>/activation` that alone takes the output of the layer `<name>`
 * is applied by that layer itself. Paddings that Keras does not know become layers of zeros (`<name>/padding`), which
 * come back as layers.
 *
 * @throws SecateurError ERR_MODEL_UNSUPPORTED listing every layer that Keras cannot express.
 */
export function toKeras(network: Network, dialect: Dialect): WrittenModel {
  const fused = fusedActivations(network, dialect);
  const absorbed = new Set(fused.values());
  const problems: string[] = [];
  const layers: WrittenLayer[] = [];
  for (const layer of network.layers) {
    if (absorbed.has(layer)) continue;
    try {
      layers.push(...writeLayer(network, layer, fused, dialect));
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      problems.push(`layer "${layer.name}" (${layer.kind}): ${error.message}`);
    }
  }
  if (problems.length > 0) throw unsupported(problems, 'write the network as ONNX');
  const model = {
    layers,
    input: layerAt(network, network.input).name,
    outputs: network.outputs.map((id) => nameOutside(network, layerAt(network, id), fused)),
  };
  return dialect === 'tfjs' ? model : withoutSlashes(model);
}

/** Keras 3 refuses names with a slash: they get an underscore for it, and as many more as make them unlike all others. */
function withoutSlashes({ layers, input, outputs }: WrittenModel): WrittenModel {
  const taken = new Set(layers.map(({ name }) => name).filter((name) => !name.includes('/')));
  const renamed = new Map<string, string>();
  for (const { name } of layers.filter((layer) => layer.name.includes('/'))) {
    let free = name.replaceAll('/', '_');
    while (taken.has(free)) free += '_';
    taken.add(free);
    renamed.set(name, free);
  }
  const rename = (name: string): string => renamed.get(name) ?? name;
  return {
    layers: layers.map((layer) => ({ ...layer, name: rename(layer.name), inputs: layer.inputs.map(rename) })),
    input: rename(input),
    outputs: outputs.map(rename),
  };
}

type Fused = ReadonlyMap<Layer, Layer>;

/** For each layer that applies the activation behind it, that activation. */
function fusedActivations(network: Network, dialect: Dialect): Fused {
  const consumers = consumersOf(network);
  const fused = new Map<Layer, Layer>();
  for (const layer of network.layers) {
    const [next, ...others] = (consumers[layer.id] ?? []).map((id) => layerAt(network, id));
    const alone =
      next?.name === `${layer.name}/activation` && others.length === 0 && !network.outputs.includes(layer.id);
    if (!alone || !mappingOf(layer.kind).fusesActivation) continue;
    const called = mappingOf(next.kind).activationName?.(next.config, dialect);
    if (called !== undefined && called !== 'linear') fused.set(layer, next);
  }
  return fused;
}

/** The name by which others know a layer's output: a fused activation goes by the name of the layer that applies it. */
function nameOutside(network: Network, layer: Layer, fused: Fused): string {
  const [before] = layer.inputs.map((id) => layerAt(network, id));
  return before !== undefined && fused.get(before) === layer ? before.name : layer.name;
}

function writeLayer(network: Network, layer: Layer, fused: Fused, dialect: Dialect): WrittenLayer[] {
  const mapping = mappingOf(layer.kind);
  let inputs = layer.inputs.map((id) => nameOutside(network, layerAt(network, id), fused));
  return mapping.write(layer, dialect).map((part) => {
    const isItself = part.name === layer.name;
    const config = isItself ? { ...part.config, ...activationOf(layer, fused, dialect) } : part.config;
    // What goes in front of a layer only pads its image: Keras finds the sizes itself.
    const outputShape = isItself ? [null, ...layer.outputShape] : [null, null, null, null];
    const weights = isItself ? weightsOf(layer, mapping.weights?.(part.config) ?? {}) : new Map<string, Tensor>();
    const written = { ...part, config, inputs, weights, outputShape };
    inputs = [part.name];
    return written;
  });
}

function activationOf(layer: Layer, fused: Fused, dialect: Dialect): object {
  if (!mappingOf(layer.kind).fusesActivation) return {};
  const next = fused.get(layer);
  return { activation: next === undefined ? 'linear' : mappingOf(next.kind).activationName?.(next.config, dialect) };
}

const weightsOf = (layer: Layer, names: Readonly<Record<string, string>>): Map<string, Tensor> =>
  new Map(Object.entries(names).map(([ours, theirs]) => [theirs, layer.weights[ours]!]));
