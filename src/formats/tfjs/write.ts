import { consumersOf, type Layer, layerAt, type Network } from '../../network/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { TfjsArtifacts } from './artifacts.js';
import { type KerasLayer, Unsupported, unsupported } from './keras.js';
import { mappingOf } from './layers/index.js';
import { lossName } from './losses.js';
import { encodeWeights } from './weights.js';

/**
 * The tfjs LayersModel that a network is, as a Functional model. An activation `<name>/activation` that alone takes the
 * output of the layer `<name>` is applied by that layer itself. Paddings that Keras does not know become layers of
 * zeros (`<name>/padding`), which come back as layers.
 *
 * @throws SecateurError ERR_MODEL_UNSUPPORTED listing every layer that Keras cannot express.
 */
export function toArtifacts(network: Network): TfjsArtifacts & { readonly weightData: ArrayBuffer } {
  const fused = fusedActivations(network);
  const weights = new Map<string, Tensor>();
  const problems: string[] = [];
  const layers: object[] = [];
  for (const layer of network.layers) {
    if ([...fused.values()].includes(layer)) continue;
    try {
      layers.push(...writeLayer(network, layer, fused, weights));
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      problems.push(`layer "${layer.name}" (${layer.kind}): ${error.message}`);
    }
  }
  if (problems.length > 0) throw unsupported(problems, 'write the network as ONNX');
  const { specs, data } = encodeWeights(weights);
  return {
    modelTopology: topology(network, layers, nameOutside(network, layerAt(network, network.output), fused)),
    weightSpecs: specs,
    weightData: data,
    ...(network.loss === null ? {} : { trainingConfig: trainingConfig(network.loss) }),
  };
}

type Fused = ReadonlyMap<Layer, Layer>;

/** For each layer that applies the activation behind it, that activation. */
function fusedActivations(network: Network): Fused {
  const consumers = consumersOf(network);
  const fused = new Map<Layer, Layer>();
  for (const layer of network.layers) {
    const [next, ...others] = (consumers[layer.id] ?? []).map((id) => layerAt(network, id));
    const alone = next?.name === `${layer.name}/activation` && others.length === 0 && layer.id !== network.output;
    if (!alone || !mappingOf(layer.kind).fusesActivation) continue;
    const called = mappingOf(next.kind).activationName?.(next.config);
    if (called !== undefined && called !== 'linear') fused.set(layer, next);
  }
  return fused;
}

/** The name by which others know a layer's output: a fused activation goes by the name of the layer that applies it. */
function nameOutside(network: Network, layer: Layer, fused: Fused): string {
  const [before] = layer.inputs.map((id) => layerAt(network, id));
  return before !== undefined && fused.get(before) === layer ? before.name : layer.name;
}

function writeLayer(network: Network, layer: Layer, fused: Fused, weights: Map<string, Tensor>): object[] {
  const mapping = mappingOf(layer.kind);
  let inputs = layer.inputs.map((id) => nameOutside(network, layerAt(network, id), fused));
  return mapping.write(layer).map((part) => {
    if (part.name === layer.name) addWeights(layer, mapping.weights?.(part.config) ?? {}, weights);
    const written = vertex(part, inputs, activationOf(layer, part, fused));
    inputs = [part.name];
    return written;
  });
}

function activationOf(layer: Layer, part: KerasLayer, fused: Fused): object {
  if (part.name !== layer.name || !mappingOf(layer.kind).fusesActivation) return {};
  const next = fused.get(layer);
  return { activation: next === undefined ? 'linear' : mappingOf(next.kind).activationName?.(next.config) };
}

function vertex({ className, name, config }: KerasLayer, inputs: readonly string[], activation: object): object {
  return {
    name,
    class_name: className,
    config: { name, trainable: true, ...config, ...activation },
    inbound_nodes: inputs.length === 0 ? [] : [inputs.map((input) => [input, 0, 0, {}])],
  };
}

function addWeights(layer: Layer, names: Readonly<Record<string, string>>, weights: Map<string, Tensor>): void {
  for (const [ours, theirs] of Object.entries(names)) weights.set(`${layer.name}/${theirs}`, layer.weights[ours]!);
}

function topology(network: Network, layers: readonly object[], output: string): object {
  const input = layerAt(network, network.input).name;
  const config = { name: network.name, layers, input_layers: [[input, 0, 0]], output_layers: [[output, 0, 0]] };
  return { class_name: 'Model', config, keras_version: 'tfjs-layers 4.22.0', backend: 'tensor_flow.js' };
}

/** tfjs compiles what it loads with this; the optimizer is the usual one, since a network does not keep it. */
function trainingConfig(loss: NonNullable<Network['loss']>): object {
  const adam = { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };
  return { loss: lossName(loss), metrics: {}, optimizer_config: { class_name: 'Adam', config: adam } };
}
