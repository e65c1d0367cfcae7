import { SecateurError } from '../../../util/errors.js';
import { array, corrupt, isObject, type Json, type KerasLayer, object, text, unsupported } from './json.js';

/** Layers that a model may have at most: far more than any has, few enough to look at every pair. */
const maxLayers = 4096;

/** A layer with the names of the layers whose outputs it takes. */
export interface Vertex extends KerasLayer {
  readonly inputs: readonly string[];
}

/** A model as Keras describes it, whichever version wrote it. */
export interface Topology {
  readonly name: string;
  readonly layers: readonly Vertex[];
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

/** A chain; its input may be a layer, or only a setting of the first layer or of the model. */
function readSequential(config: unknown): Topology {
  const named = isObject(config) ? config : { layers: config };
  const layers = checkLayers(named.layers).map(kerasLayer);
  const [first] = layers as [KerasLayer];
  const shape = named.build_input_shape === undefined ? {} : { batch_input_shape: named.build_input_shape };
  const input = { className: 'InputLayer', name: `${first.name}_input`, config: { ...shape, ...first.config } };
  const chain = first.className === 'InputLayer' ? layers : [input, ...layers];
  const vertices = chain.map((layer, i) => ({ ...layer, inputs: chain.slice(Math.max(i - 1, 0), i).map(nameOf) }));
  return { name: nameOfModel(named), layers: vertices, outputs: [chain.at(-1)!.name] };
}

const nameOf = ({ name }: KerasLayer): string => name;
const nameOfModel = ({ name }: Json): string => (typeof name === 'string' && name !== '' ? name : 'network');

function readFunctional(config: Json): Topology {
  const layers = checkLayers(config.layers).map((layer) => ({ ...kerasLayer(layer), inputs: inboundOf(layer) }));
  const outputs = references('output_layers', config.output_layers).map(nameOfReference);
  const inputs = references('input_layers', config.input_layers);
  if (inputs.length !== 1) throw unsupported([`${inputs.length} inputs`], 'a network has one');
  return { name: nameOfModel(config), layers, outputs };
}

/** A list of references; Keras 3 leaves the list out where there is only one. */
function references(where: string, value: unknown): readonly unknown[] {
  const given = array(where, value);
  return typeof given[0] === 'string' ? [given] : given;
}

/** `[layer, node, tensor]`: only the first output of the first use of a layer means something here. */
function nameOfReference(value: unknown): string {
  const [name, node = 0, index = 0, settings] = array('a reference to a layer', value);
  if (node !== 0 || index !== 0) {
    throw unsupported([`a second use or output of layer ${JSON.stringify(name)}`], 'copy it');
  }
  refuseTraining(settings);
  return text('a reference to a layer', name);
}

function inboundOf({ name, inbound_nodes = [] }: Json): readonly string[] {
  const where = `the inputs of layer ${JSON.stringify(name)}`;
  const uses = array(where, inbound_nodes);
  if (uses.length > 1) {
    throw unsupported([`layer ${JSON.stringify(name)}, which is used ${uses.length} times`], 'copy it');
  }
  return uses.flatMap((use) =>
    isObject(use) ? tensorsOf(where, use).map(nameOfReference) : array(where, use).map(nameOfReference),
  );
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
