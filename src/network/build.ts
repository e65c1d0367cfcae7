import { type Shape, sameShape, sizeOf, type Tensor, tensor } from '../tensor/tensor.js';
import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import { describeValue } from '../util/expect.js';
import { type LayerDefinition, LayerProblem } from './definition.js';
import { definitionOf, type LayerConfigs, type LayerKind, layerDefinitions, layerKinds } from './layers/index.js';
import type { Layer, LayerId, LossName, Network } from './network.js';

/** A layer as a user writes it down. */
export type LayerSpec = {
  [K in LayerKind]: {
    readonly name: string;
    readonly kind: K;
    /** Names of the layers it takes; by default the one listed before it. */
    readonly inputs?: readonly string[];
    readonly config?: Partial<LayerConfigs[K]>;
    readonly weights?: Readonly<Record<string, Tensor>>;
  };
}[LayerKind];

/** A network to be made: its layers, with weights for {@link createNetwork}, without for {@link initialize}. */
export interface NetworkSpec {
  readonly name?: string;
  /** In any order, if `inputs` say how they hang together. */
  readonly layers: readonly LayerSpec[];
  /** Names of the layers whose outputs are the network's; by default `output`, or the only layer that no other takes. */
  readonly outputs?: readonly string[];
  /** Name of the output that is measured; by default the first. */
  readonly output?: string;
  readonly loss?: LossName | null;
  readonly inputLayout?: 'nhwc' | 'nchw';
}

const problem = (message: string, hint?: string): SecateurError =>
  new SecateurError('ERR_SHAPE', message, hint === undefined ? {} : { hint });

/**
 * Checks a description, infers every shape and freezes the result. Weights are taken over, not copied.
 *
 * @throws SecateurError ERR_SHAPE naming the layer, what was expected and what came; ERR_ARGUMENT for settings that are
 * no layer's; ERR_DATA for weights that are not finite.
 */
export function createNetwork(spec: NetworkSpec): Network {
  expectArguments({ spec });
  return assemble(spec, (layer, specs) => checkWeights(layer, specs));
}

type TakeWeights = (layer: NamedLayer, specs: WeightSpecs) => Readonly<Record<string, Tensor>>;
type WeightSpecs = ReturnType<NonNullable<LayerDefinition<unknown>['weights']>>;
type NamedLayer = {
  readonly name: string;
  readonly kind: LayerKind;
  readonly weights?: Readonly<Record<string, Tensor>>;
};

/** {@link createNetwork} with a choice of where the weights come from; {@link initialize} draws them. */
export function assemble(spec: NetworkSpec, takeWeights: TakeWeights): Network {
  const ordered = sortTopologically(connect(spec.layers));
  const ids = new Map(ordered.map(({ spec: layer }, id) => [layer.name, id as LayerId]));
  const layers: Layer[] = [];
  for (const { spec: layer, inputs } of ordered) {
    const inputIds = inputs.map((name) => ids.get(name) as LayerId);
    const shapes = inputIds.map((id) => layers[id]?.outputShape ?? []);
    layers.push(buildLayer(layer, layers.length as LayerId, inputIds, shapes, takeWeights));
  }
  const outputs = findOutputs(spec, layers, ids);
  return Object.freeze({
    name: spec.name ?? 'network',
    layers: Object.freeze(layers),
    input: onlyInput(layers),
    outputs: Object.freeze(outputs),
    output: spec.output === undefined ? outputs[0]! : measured(spec.output, outputs, ids),
    loss: spec.loss ?? null,
    inputLayout: spec.inputLayout ?? 'nhwc',
  });
}

interface Connected {
  readonly spec: LayerSpec;
  readonly inputs: readonly string[];
}

function connect(specs: readonly LayerSpec[]): Connected[] {
  if (specs.length === 0) throw problem('a network needs at least an input and one more layer');
  const names = new Set<string>();
  for (const spec of specs) {
    if (typeof spec !== 'object' || spec === null)
      throw problem(`a layer must have a name and a kind, which ${describeValue(spec)} has not`);
    const { name, kind } = spec;
    if (typeof name !== 'string' || name === '')
      throw problem(`a layer's name must be text, not ${describeValue(name)}`);
    if (names.has(name)) throw problem(`two layers are called "${name}"`, 'give every layer its own name');
    if (!Object.hasOwn(layerDefinitions, kind)) {
      throw problem(`layer "${name}": unknown kind ${describeValue(kind)}`, `kinds: ${layerKinds.join(', ')}`);
    }
    names.add(name);
  }
  return specs.map((spec, i) => {
    const before = specs[i - 1]?.name;
    const byDefault = definitionOf(spec.kind).arity === 0 || before === undefined ? [] : [before];
    const inputs = spec.inputs ?? byDefault;
    if (!Array.isArray(inputs) || !inputs.every((name) => typeof name === 'string'))
      throw problem(`layer "${spec.name}": its inputs must be names of layers, not ${describeValue(inputs)}`);
    const missing = inputs.find((name) => !names.has(name));
    if (missing !== undefined) throw problem(`layer "${spec.name}": its input "${missing}" is not in the network`);
    checkArity(spec, inputs);
    return { spec, inputs };
  });
}

function checkArity({ name, kind }: LayerSpec, inputs: readonly string[]): void {
  const { arity } = definitionOf(kind);
  const fits = arity === 'many' ? inputs.length >= 2 : inputs.length === arity;
  if (!fits) {
    const wanted = arity === 'many' ? 'two or more inputs' : `${arity} input${arity === 1 ? '' : 's'}`;
    throw problem(`layer "${name}" (${kind}): expected ${wanted} but it has ${inputs.length}`);
  }
}

/** Kahn's algorithm, keeping the given order where the edges allow it. */
function sortTopologically(layers: readonly Connected[]): Connected[] {
  const sorted: Connected[] = [];
  const done = new Set<string>();
  const consumers = new Map<string, Connected[]>(layers.map(({ spec }) => [spec.name, []]));
  const missing = new Map(layers.map((layer) => [layer, new Set(layer.inputs).size]));
  for (const layer of layers) for (const name of new Set(layer.inputs)) consumers.get(name)?.push(layer);
  let ready = layers.filter((layer) => missing.get(layer) === 0);
  const position = new Map(layers.map((layer, i) => [layer, i]));
  while (ready.length > 0) {
    ready = ready.sort((a, b) => (position.get(a) ?? 0) - (position.get(b) ?? 0));
    const layer = ready.shift() as Connected;
    sorted.push(layer);
    done.add(layer.spec.name);
    for (const consumer of consumers.get(layer.spec.name) ?? []) {
      const left = (missing.get(consumer) ?? 0) - 1;
      missing.set(consumer, left);
      if (left === 0) ready.push(consumer);
    }
  }
  const stuck = layers.find(({ spec }) => !done.has(spec.name));
  if (stuck) throw problem(`layer "${stuck.spec.name}" is on a cycle: it needs its own output`);
  return sorted;
}

/** Numbers that a layer may put out for a sample: a gigabyte. More comes from broken or hostile files. */
const largestOutput = 2 ** 28;

function buildLayer(
  spec: LayerSpec,
  id: LayerId,
  inputs: readonly LayerId[],
  shapes: readonly Shape[],
  takeWeights: TakeWeights,
): Layer {
  const definition = definitionOf(spec.kind);
  const where = `layer "${spec.name}" (${spec.kind})`;
  try {
    const config = { ...(definition.defaults as object), ...spec.config };
    definition.check?.(config);
    const outputShape = definition.inferShape(config, shapes);
    if (sizeOf(outputShape) > largestOutput) {
      throw new SecateurError('ERR_LIMIT', `${where}: ${sizeOf(outputShape)} numbers a sample are more than 2^28`);
    }
    const weights = takeWeights(spec, definition.weights?.(config, shapes) ?? {});
    definition.checkWeights?.(config, weights);
    const parts = { id, name: spec.name, kind: spec.kind, inputs: Object.freeze([...inputs]), weights };
    return Object.freeze({
      ...parts,
      config: Object.freeze(config),
      outputShape: Object.freeze([...outputShape]),
    }) as Layer;
  } catch (error) {
    if (error instanceof LayerProblem) throw problem(`${where}: ${error.message}`, error.hint);
    throw error;
  }
}

function checkWeights({ name, kind, weights = {} }: NamedLayer, specs: WeightSpecs): Readonly<Record<string, Tensor>> {
  const where = `layer "${name}" (${kind})`;
  if (typeof weights !== 'object' || weights === null)
    throw problem(`${where}: its weights must be tensors by name, not ${describeValue(weights)}`);
  const unknown = Object.keys(weights).find((key) => !Object.hasOwn(specs, key));
  if (unknown !== undefined) {
    throw problem(`${where}: it has no weight "${unknown}"`, `its weights: ${Object.keys(specs).join(', ') || 'none'}`);
  }
  const taken: Record<string, Tensor> = {};
  for (const [key, { shape, optional }] of Object.entries(specs)) {
    const weight = weights[key];
    if (weight === undefined && optional) continue;
    if (weight === undefined) throw problem(`${where}: its weight "${key}" [${shape}] is missing`);
    taken[key] = checkWeight(`${where}: weight "${key}"`, weight, shape);
  }
  return Object.freeze(taken);
}

function checkWeight(where: string, weight: Tensor, shape: Shape): Tensor {
  if (!Array.isArray(weight?.shape))
    throw problem(`${where}: expected a tensor, { shape, data }, but received ${describeValue(weight)}`);
  if (!sameShape(weight.shape, shape)) {
    throw problem(`${where}: expected shape [${shape}] but received [${weight.shape}]`);
  }
  if (!(weight.data instanceof Float32Array || weight.data instanceof Float64Array)) {
    throw problem(`${where}: expected a Float32Array or Float64Array but received ${describeValue(weight.data)}`);
  }
  if (weight.data.length !== sizeOf(shape)) {
    throw problem(`${where}: shape [${shape}] wants ${sizeOf(shape)} numbers but ${weight.data.length} were given`);
  }
  const broken = weight.data.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) {
    throw new SecateurError('ERR_DATA', `${where}: ${weight.data[broken]} at index ${broken}; weights must be finite`, {
      hint: 'the training that made this network diverged: train it again with a smaller learning rate',
    });
  }
  return tensor(weight.shape, weight.data);
}

function onlyInput(layers: readonly Layer[]): LayerId {
  const found = layers.filter(({ kind }) => kind === 'input');
  const [first] = found;
  if (!first || found.length > 1) throw problem(`expected one input layer but the network has ${found.length}`);
  return first.id;
}

type Ids = ReadonlyMap<string, LayerId>;

function findOutputs({ output, outputs }: NetworkSpec, layers: readonly Layer[], ids: Ids): LayerId[] {
  const names = outputs ?? (output === undefined ? [onlyEnd(layers)] : [output]);
  const unknown = names.find((name) => !ids.has(name));
  if (unknown !== undefined) throw problem(`the output layer "${unknown}" is not in the network`);
  const repeated = names.find((name, i) => names.indexOf(name) < i);
  if (repeated !== undefined) throw problem(`the output layer "${repeated}" is named twice`);
  if (names.length === 0) throw problem('expected one output or more but none is named');
  return names.map((name) => ids.get(name) as LayerId);
}

function onlyEnd(layers: readonly Layer[]): string {
  const taken = new Set(layers.flatMap(({ inputs }) => inputs));
  const ends = layers.filter(({ id }) => !taken.has(id));
  const [first] = ends;
  if (first && ends.length === 1) return first.name;
  const names = ends.map(({ name }) => `"${name}"`).join(', ');
  throw problem(`expected one output but ${names} are taken by no layer`, 'name the outputs, or drop the dead ends');
}

function measured(name: string, outputs: readonly LayerId[], ids: Ids): LayerId {
  const id = outputs.find((output) => output === ids.get(name));
  if (id !== undefined) return id;
  throw problem(`the output "${name}" to be measured is none of the outputs`);
}
