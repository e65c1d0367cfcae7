import { createNetwork, definitionOf, type LayerSpec, type LossName, type Network } from '../../network/index.js';
import { type Shape, sizeOf, type Tensor } from '../../tensor/tensor.js';
import { SecateurError } from '../../util/errors.js';
import type { TfjsArtifacts } from './artifacts.js';
import {
  array,
  corrupt,
  isObject,
  type Json,
  type KerasLayer,
  object,
  text,
  Unsupported,
  unsupported,
} from './keras.js';
import { activationNamed } from './layers/activation.js';
import { kindOfClass, mappingOf } from './layers/index.js';
import { lossNamed } from './losses.js';
import { checkEntries, decodeWeights } from './weights.js';

/** Layers that a model may have at most: far more than any has, few enough to look at every pair. */
const maxLayers = 4096;

interface Vertex extends KerasLayer {
  readonly inputs: readonly string[];
}

interface Topology {
  readonly name: string;
  readonly layers: readonly Vertex[];
  readonly output: string;
}

/**
 * The network that a tfjs LayersModel is. An activation that a layer applies to its own output becomes a layer of its
 * own, `<name>/activation`.
 *
 * @throws SecateurError ERR_MODEL_UNSUPPORTED listing every layer that no kind expresses; ERR_MODEL_CORRUPT if the
 * parts do not fit together; ERR_LIMIT if they are larger than a model's; ERR_DATA for weights that are not finite.
 */
export function fromArtifacts(artifacts: TfjsArtifacts): Network {
  const root = object('the model topology', artifacts.modelTopology);
  const topology = readTopology(object('the model topology', root.model_config ?? root));
  const weights = decodeWeights(checkEntries(artifacts.weightSpecs), joined(artifacts.weightData));
  const layers = translate(topology.layers, weights);
  const training = artifacts.trainingConfig ?? root.training_config;
  const loss: LossName | null = isObject(training) ? lossNamed(training.loss) : null;
  const output = layers.outputs.get(topology.output);
  if (output === undefined) throw corrupt(`the output layer "${topology.output}" is not in the model`);
  return build({ name: topology.name, layers: layers.specs, output, loss });
}

/** What the graph refuses here is the fault of the file. */
function build(spec: Parameters<typeof createNetwork>[0]): Network {
  try {
    return createNetwork(spec);
  } catch (error) {
    if (!(error instanceof SecateurError) || error.code !== 'ERR_SHAPE') throw error;
    throw new SecateurError('ERR_MODEL_CORRUPT', error.message, {
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
}

function joined(data: TfjsArtifacts['weightData']): Uint8Array {
  if (!Array.isArray(data)) return new Uint8Array(data as ArrayBuffer);
  return new Uint8Array(Buffer.concat(data.map((part: ArrayBuffer) => new Uint8Array(part))));
}

function readTopology({ class_name, config }: Json): Topology {
  if (class_name === 'Sequential') return readSequential(config);
  if (class_name === 'Model' || class_name === 'Functional') return readFunctional(object('the model', config));
  throw unsupported([`a model of class ${JSON.stringify(class_name)}`], 'save it as a Sequential or Functional model');
}

function checkLayers(value: unknown): readonly Json[] {
  const layers = array('the list of layers', value);
  if (layers.length > maxLayers) throw new SecateurError('ERR_LIMIT', `the model has ${layers.length} layers`);
  if (layers.length === 0) throw corrupt('the model has no layers');
  return layers.map((layer) => object('a layer', layer));
}

function kerasLayer({ class_name, config, name }: Json): KerasLayer {
  const settings = object('the settings of a layer', config);
  return {
    className: text('the class of a layer', class_name),
    name: text('the name of a layer', settings.name ?? name),
    config: settings,
  };
}

/** A chain; its input may be a layer or only a setting of the first layer. */
function readSequential(config: unknown): Topology {
  const named = isObject(config) ? config : { layers: config };
  const layers = checkLayers(named.layers).map(kerasLayer);
  const [first] = layers as [KerasLayer];
  const input = { className: 'InputLayer', name: `${first.name}_input`, config: first.config };
  const chain = first.className === 'InputLayer' ? layers : [input, ...layers];
  const vertices = chain.map((layer, i) => ({ ...layer, inputs: chain.slice(Math.max(i - 1, 0), i).map(nameOf) }));
  return { name: nameOfModel(named), layers: vertices, output: chain.at(-1)!.name };
}

const nameOf = ({ name }: KerasLayer): string => name;
const nameOfModel = ({ name }: Json): string => (typeof name === 'string' && name !== '' ? name : 'network');

function readFunctional(config: Json): Topology {
  const layers = checkLayers(config.layers).map((layer) => ({ ...kerasLayer(layer), inputs: inboundOf(layer) }));
  const outputs = array('output_layers', config.output_layers).map(nameOfReference);
  const inputs = array('input_layers', config.input_layers);
  if (outputs.length !== 1 || inputs.length !== 1) {
    throw unsupported([`${inputs.length} inputs and ${outputs.length} outputs`], 'a network has one of each');
  }
  return { name: nameOfModel(config), layers, output: outputs[0]! };
}

/** `[layer, node, tensor]`: only the first output of the first use of a layer means something here. */
function nameOfReference(value: unknown): string {
  const [name, node = 0, index = 0] = array('a reference to a layer', value);
  if (node !== 0 || index !== 0)
    throw unsupported([`a second use or output of layer ${JSON.stringify(name)}`], 'copy it');
  return text('a reference to a layer', name);
}

function inboundOf({ name, inbound_nodes = [] }: Json): readonly string[] {
  const uses = array(`the inputs of layer ${JSON.stringify(name)}`, inbound_nodes);
  if (uses.length > 1)
    throw unsupported([`layer ${JSON.stringify(name)}, which is used ${uses.length} times`], 'copy it');
  return uses.flatMap((use) => array(`the inputs of layer ${JSON.stringify(name)}`, use).map(nameOfReference));
}

interface Translated {
  readonly specs: readonly LayerSpec[];
  /** The layer whose output a Keras layer's output is. */
  readonly outputs: ReadonlyMap<string, string>;
}

/** Translates layers once their inputs are; all that cannot be are reported together. */
function translate(layers: readonly Vertex[], weights: ReadonlyMap<string, Tensor>): Translated {
  const specs: LayerSpec[] = [];
  const outputs = new Map<string, string>();
  const shapes = new Map<string, Shape>();
  const problems: string[] = [];
  for (let waiting = layers; waiting.length > 0; ) {
    const ready = waiting.filter(({ inputs }) => inputs.every((name) => shapes.has(name)));
    if (ready.length === 0)
      throw corrupt(`layer "${waiting[0]?.name}" needs its own output or a layer that is missing`);
    for (const vertex of ready) {
      const inputs = vertex.inputs.map((name) => shapes.get(name) ?? []);
      const { translated, problem } = attempt(() => translateLayer(vertex, inputs, outputs, weights));
      if (problem !== undefined) problems.push(`layer "${vertex.name}" (${vertex.className}): ${problem}`);
      specs.push(...(translated ?? []));
      outputs.set(vertex.name, translated?.at(-1)?.name ?? vertex.name);
      shapes.set(vertex.name, limited(vertex, shapeAfter(translated?.[0], inputs)));
    }
    const done = new Set(ready);
    waiting = waiting.filter((vertex) => !done.has(vertex));
  }
  if (problems.length > 0)
    throw unsupported(problems, 'replace these layers, or convert the model from another format');
  return { specs, outputs };
}

/** Numbers of one sample that a layer may give at most: checking larger images would take for ever. */
const maxNumbers = 2 ** 26;

function limited({ name }: Vertex, shape: Shape): Shape {
  if (sizeOf(shape) <= maxNumbers) return shape;
  throw new SecateurError(
    'ERR_LIMIT',
    `layer "${name}" gives [${shape}] for one sample; the limit is ${maxNumbers} numbers`,
  );
}

function attempt(work: () => LayerSpec[]): { translated?: LayerSpec[]; problem?: string } {
  try {
    return { translated: work() };
  } catch (error) {
    if (error instanceof Unsupported) return { problem: error.message };
    throw error;
  }
}

/** What the next layers are read with. Where it cannot be known it is guessed: building the network finds the fault. */
function shapeAfter(spec: LayerSpec | undefined, inputs: readonly Shape[]): Shape {
  const guess = inputs[0] ?? [];
  if (spec === undefined) return guess;
  try {
    return definitionOf(spec.kind).inferShape(spec.config, inputs);
  } catch {
    return guess;
  }
}

function translateLayer(
  { className, name, config, inputs }: Vertex,
  shapes: readonly Shape[],
  outputs: ReadonlyMap<string, string>,
  weights: ReadonlyMap<string, Tensor>,
): LayerSpec[] {
  const kind = kindOfClass.get(className);
  if (kind === undefined) throw new Unsupported('an unknown class');
  if (config.data_format === 'channels_first') throw new Unsupported('channels_first images');
  const mapping = mappingOf(kind);
  const spec = {
    name,
    kind,
    inputs: inputs.map((input) => outputs.get(input) ?? input),
    config: mapping.classes[className]?.(config, shapes),
    weights: takeWeights(name, mapping.weights?.(config) ?? {}, weights),
  } as LayerSpec;
  const fused = mapping.fusesActivation ? activationNamed(config.activation ?? 'linear') : 'linear';
  if (fused === 'linear') return [spec];
  return [spec, { name: `${name}/activation`, kind: 'activation', inputs: [name], config: { fn: fused } }];
}

function takeWeights(
  layer: string,
  names: Readonly<Record<string, string>>,
  weights: ReadonlyMap<string, Tensor>,
): Record<string, Tensor> {
  const taken = Object.entries(names).map(([ours, theirs]) => {
    const weight = weights.get(`${layer}/${theirs}`);
    if (weight === undefined) throw corrupt(`the weight "${layer}/${theirs}" is missing`);
    return [ours, weight] as const;
  });
  return Object.fromEntries(taken);
}
