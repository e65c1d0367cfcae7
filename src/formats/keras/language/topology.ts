import { SecateurError } from '../../../util/errors.js';
import { isNonNegativeInteger } from '../../../util/expect.js';
import { array, corrupt, isObject, type Json, type KerasLayer, object, text, unsupported } from './json.js';

/** Layers that a model may have at most: far more than any has, few enough to look at every pair. */
const maxLayers = 4096;

/** One use of a layer. The first is called as the layer is, the others `<name>/2` and so on. */
export interface Vertex extends KerasLayer {
  /** The layer's own name. */
  readonly layer: string;
  /** Names of the uses whose outputs it takes. */
  readonly inputs: readonly string[];
}

/** A model as Keras describes it, whichever version wrote it. */
export interface Topology {
  readonly name: string;
  readonly layers: readonly KerasLayer[];
  /** All uses of all layers. */
  readonly vertices: readonly Vertex[];
  readonly outputs: readonly string[];
}

/** @throws SecateurError ERR_MODEL_CORRUPT, ERR_LIMIT, or ERR_MODEL_UNSUPPORTED for models that are no such graph. */
export function readTopology({ class_name, config }: Json): Topology {
  if (class_name === 'Sequential') return readSequential(config);
  if (class_name === 'Model' || class_name === 'Functional') return readFunctional(object('the model', config));
  throw unsupported([`a model of class ${JSON.stringify(class_name)}`], 'save it as a Sequential or Functional model');
}

function checkLayers(value: unknown): readonly Json[] {
  const layers = array('the list of layers', value);
  checkCount(layers.length);
  if (layers.length === 0) throw corrupt('the model has no layers');
  return layers.map((layer) => object('a layer', layer));
}

function checkCount(layers: number): void {
  if (layers > maxLayers) throw new SecateurError('ERR_LIMIT', `the model has ${layers} layers`);
}

function kerasLayer({ class_name, config, name }: Json): KerasLayer {
  const settings = object('the settings of a layer', config);
  return {
    className: text('the class of a layer', class_name),
    name: text('the name of a layer', settings.name ?? name),
    config: settings,
  };
}

/** A chain; its input may be a layer, or only a setting of the first layer or of the model. */
function readSequential(config: unknown): Topology {
  const named = isObject(config) ? config : { layers: config };
  const layers = checkLayers(named.layers).map(kerasLayer);
  const [first] = layers as [KerasLayer];
  const shape = named.build_input_shape === undefined ? {} : { batch_input_shape: named.build_input_shape };
  const input = { className: 'InputLayer', name: `${first.name}_input`, config: { ...shape, ...first.config } };
  const chain = first.className === 'InputLayer' ? layers : [input, ...layers];
  const vertices = chain.map((layer, i) => {
    return { ...layer, layer: layer.name, inputs: chain.slice(Math.max(i - 1, 0), i).map(nameOf) };
  });
  return { name: nameOfModel(named), layers: chain, vertices, outputs: [chain.at(-1)!.name] };
}

const nameOf = ({ name }: KerasLayer): string => name;
const nameOfModel = ({ name }: Json): string => (typeof name === 'string' && name !== '' ? name : 'network');

function readFunctional(config: Json): Topology {
  const given = checkLayers(config.layers);
  const layers = given.map(kerasLayer);
  const uses = given.map(usesOf);
  checkCount(uses.flat().length);
  const names = nameUses(layers, uses);
  const vertices = layers.flatMap((layer, i) =>
    uses[i]!.map((taken, use) => {
      const inputs = taken.map((reference) => nameOfUse(names, reference));
      return { ...layer, layer: layer.name, name: names.get(layer.name)![use]!, inputs };
    }),
  );
  const outputs = references('output_layers', config.output_layers).map((value) => nameOfUse(names, reference(value)));
  const inputs = references('input_layers', config.input_layers);
  if (inputs.length !== 1) throw unsupported([`${inputs.length} inputs`], 'a network has one');
  return { name: nameOfModel(config), layers, vertices, outputs };
}

/** The output of a use of a layer; uses count from 0. */
export interface Reference {
  readonly layer: string;
  readonly use: number;
}

/** By layer, the names of its uses, each unlike all others. */
function nameUses(
  layers: readonly KerasLayer[],
  uses: readonly (readonly unknown[])[],
): ReadonlyMap<string, readonly string[]> {
  const taken = new Set(layers.map(nameOf));
  const free = (name: string): string => (taken.has(name) ? free(`${name}_`) : name);
  const named = layers.map(({ name }, i) => {
    const more = uses[i]!.slice(1).map((_, k) => free(`${name}/${k + 2}`));
    for (const own of more) taken.add(own);
    return [name, [name, ...more]] as const;
  });
  return new Map(named);
}

/** A layer that is not there is told where its output is needed. */
function nameOfUse(names: ReadonlyMap<string, readonly string[]>, { layer, use }: Reference): string {
  const known = names.get(layer) ?? [layer];
  const name = known[use];
  if (name !== undefined) return name;
  throw corrupt(`use ${use} of layer "${layer}" is not in the model, which has ${known.length}, counted from 0`);
}

/** A list of references; Keras 3 leaves the list out where there is only one. */
function references(where: string, value: unknown): readonly unknown[] {
  const given = array(where, value);
  return typeof given[0] === 'string' ? [given] : given;
}

/** `[layer, use, tensor]`: only the first output of a use means something here. */
function reference(value: unknown): Reference {
  const [name, use = 0, index = 0, settings] = array('a reference to a layer', value);
  if (index !== 0) throw unsupported([`a second output of layer ${JSON.stringify(name)}`], 'take its first');
  if (!isNonNegativeInteger(use)) throw corrupt(`a reference to use ${JSON.stringify(use)} of a layer`);
  refuseTraining(settings);
  return { layer: text('a reference to a layer', name), use };
}

/** What each use of a layer takes; a layer that takes nothing is used once. */
function usesOf({ name, inbound_nodes = [] }: Json): readonly (readonly Reference[])[] {
  const where = `the inputs of layer ${JSON.stringify(name)}`;
  const uses = array(where, inbound_nodes);
  if (uses.length === 0) return [[]];
  return uses.map((use) => (isObject(use) ? tensorsOf(where, use) : array(where, use)).map(reference));
}

/** How deep the arguments of a call may be nested: a list of tensors is one level. */
const maxNesting = 8;

/** The references in the arguments of a call as Keras 3 writes it down. */
function tensorsOf(where: string, { args, kwargs }: Json): readonly unknown[] {
  refuseTraining(kwargs);
  const found: unknown[] = [];
  const search = (value: unknown, depth: number): void => {
    if (depth > maxNesting) throw corrupt(`${where}: nested too deep`);
    if (Array.isArray(value)) for (const part of value) search(part, depth + 1);
    else if (isObject(value) && value.class_name === '__keras_tensor__') {
      found.push(object(where, value.config).keras_history);
    } else throw unsupported([`${where}: ${JSON.stringify(value)} among them`], 'a layer takes outputs of layers only');
  };
  search(array(where, args), 0);
  return found;
}

/** Batch normalisation or dropout that is to behave as in training is another function. */
function refuseTraining(settings: unknown): void {
  if (isObject(settings) && settings.training === true) {
    throw unsupported(['a layer called with training=True'], 'call it without, and save the model again');
  }
}
