import { consumersOf, type Layer, type LayerId, layerAt, type Network } from '../../../network/index.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { acceptedName, type RenamedLayers, renamedBy } from '../../names.js';
import { type Dialect, layerNames } from './dialect.js';
import { type KerasLayer, Unsupported, unsupported } from './json.js';
import { mappingOf } from './layers/index.js';
import type { Reference } from './topology.js';

/** What one use of a layer takes and gives. */
export interface WrittenUse {
  readonly inputs: readonly Reference[];
  /** Of a whole batch; null where a size is left open. */
  readonly outputShape: readonly (number | null)[];
}

/** A Keras layer with its weights, which stand in Keras' order. */
export interface WrittenLayer extends KerasLayer {
  readonly uses: readonly WrittenUse[];
  readonly weights: ReadonlyMap<string, Tensor>;
}

/** A network in Keras' words. */
export interface WrittenModel {
  readonly name: string;
  readonly layers: readonly WrittenLayer[];
  readonly input: string;
  readonly outputs: readonly Reference[];
  readonly renamed: RenamedLayers;
}

/**
 * The Keras model that a network is. An activation `<name>/activation` that alone takes the output of the layer `<name>`
 * is applied by that layer itself. Layers that differ in nothing but what they take, all their weights shared, are uses of
 * one. Names that the dialect does not take are replaced. Paddings that Keras does not know become layers of zeros
 * (`<name>/padding`), which come back as layers.
 *
 * @throws SecateurError ERR_MODEL_UNSUPPORTED listing every layer that Keras cannot express.
 */
export function toKeras(network: Network, dialect: Dialect): WrittenModel {
  const fused = fusedActivations(network, dialect);
  const absorbed = new Set(fused.values());
  const problems: string[] = [];
  const written: Written = { fused, dialect, firsts: firstUses(network, fused), layers: new Map(), places: new Map() };
  for (const layer of network.layers) {
    if (absorbed.has(layer)) continue;
    try {
      writeLayer(layer, written);
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      problems.push(`layer "${layer.name}" (${layer.kind}): ${error.message}`);
    }
  }
  if (problems.length > 0) throw unsupported(problems, 'write the network as ONNX');
  const model = {
    name: network.name,
    layers: [...written.layers.values()],
    input: layerAt(network, network.input).name,
    outputs: network.outputs.map((id) => placeOf(written, id)),
  };
  return renamed(model, network, dialect);
}

/** The same with names that the dialect takes. */
function renamed(model: Omit<WrittenModel, 'renamed'>, network: Network, dialect: Dialect): WrittenModel {
  const rule = layerNames[dialect];
  const others = renamedBy(
    rule,
    model.layers.map(({ name }) => name),
  );
  const rename = (name: string): string => others.get(name) ?? name;
  const pointed = ({ layer, use }: Reference): Reference => ({ layer: rename(layer), use });
  const own = new Set(network.layers.map(({ name }) => name));
  return {
    name: acceptedName(model.name, rule),
    layers: model.layers.map((layer) => {
      const uses = layer.uses.map((use) => ({ ...use, inputs: use.inputs.map(pointed) }));
      return { ...layer, name: rename(layer.name), uses };
    }),
    input: rename(model.input),
    outputs: model.outputs.map(pointed),
    renamed: Object.fromEntries([...others].filter(([name]) => own.has(name))),
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

/** By layer with weights, the first that differs in nothing but what it takes. */
function firstUses(network: Network, fused: Fused): ReadonlyMap<Layer, Layer> {
  const numbers = new Map<Tensor['data'], number>();
  const numberOf = (data: Tensor['data']): number => {
    const number = numbers.get(data) ?? numbers.size;
    numbers.set(data, number);
    return number;
  };
  const first = new Map<string, Layer>();
  const found = new Map<Layer, Layer>();
  for (const layer of network.layers) {
    const weights = Object.entries(layer.weights).map(([name, { shape, data }]) => [name, shape, numberOf(data)]);
    const { kind, config } = layer;
    const key = JSON.stringify([kind, config, fused.get(layer)?.config ?? null, weights]);
    if (weights.length > 0) found.set(layer, first.get(key) ?? layer);
    if (!first.has(key)) first.set(key, layer);
  }
  return found;
}

/** A model while it is written. */
interface Written {
  readonly fused: Fused;
  readonly dialect: Dialect;
  readonly firsts: ReadonlyMap<Layer, Layer>;
  /** By name. */
  readonly layers: Map<string, WrittenLayer>;
  /** Which use of which layer gives a layer's output. */
  readonly places: Map<LayerId, Reference>;
}

/** Behind a layer that cannot be written the place does not matter any more. */
const placeOf = ({ places }: Written, id: LayerId): Reference => places.get(id) ?? { layer: '', use: 0 };

function writeLayer(layer: Layer, written: Written): void {
  const { fused, dialect, firsts, layers, places } = written;
  const mapping = mappingOf(layer.kind);
  let inputs = layer.inputs.map((id) => placeOf(written, id));
  for (const part of mapping.write(layer, dialect)) {
    const isItself = part.name === layer.name;
    const name = isItself ? (firsts.get(layer)?.name ?? layer.name) : part.name;
    const config = isItself ? { ...part.config, ...activationOf(layer, fused, dialect) } : part.config;
    const weights = isItself ? weightsOf(layer, mapping.weights?.(part.config) ?? {}) : new Map<string, Tensor>();
    const known = layers.get(name) ?? { ...part, config, weights, uses: [] };
    // What goes in front of a layer only pads its image: Keras finds the sizes itself.
    const outputShape = isItself ? [null, ...layer.outputShape] : [null, null, null, null];
    layers.set(name, { ...known, uses: [...known.uses, { inputs, outputShape }] });
    inputs = [{ layer: name, use: known.uses.length }];
  }
  const activation = fused.get(layer);
  for (const { id } of activation ? [layer, activation] : [layer]) places.set(id, inputs[0]!);
}

function activationOf(layer: Layer, fused: Fused, dialect: Dialect): object {
  if (!mappingOf(layer.kind).fusesActivation) return {};
  const next = fused.get(layer);
  return { activation: next === undefined ? 'linear' : mappingOf(next.kind).activationName?.(next.config, dialect) };
}

const weightsOf = (layer: Layer, names: Readonly<Record<string, string>>): Map<string, Tensor> =>
  new Map(Object.entries(names).map(([ours, theirs]) => [theirs, layer.weights[ours]!]));
