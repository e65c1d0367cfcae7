import { createNetwork, definitionOf, type LayerSpec, type Network } from '../../../network/index.js';
import { type Shape, sizeOf, type Tensor } from '../../../tensor/tensor.js';
import { SecateurError } from '../../../util/errors.js';
import type { Dialect } from './dialect.js';
import { corrupt, isObject, type Json, Unsupported, unsupported } from './json.js';
import { activationNamed } from './layers/activation.js';
import { kindOfClass, mappingOf } from './layers/index.js';
import { lossNamed } from './losses.js';
import type { Topology, Vertex } from './topology.js';

/** Where the weights of a layer come from: by our names, given Keras' names of them by ours, in Keras' order. */
export type WeightSource = (layer: string, names: Readonly<Record<string, string>>) => Readonly<Record<string, Tensor>>;

/** A model in Keras' words. */
export interface KerasModel {
  readonly topology: Topology;
  readonly dialect: Dialect;
  readonly weights: WeightSource;
  /** What it was compiled with, if that was saved. */
  readonly training: unknown;
}

/**
 * The network that a Keras model is. An activation that a layer applies to its own output becomes a layer of its own,
 * `<name>/activation`.
 *
 * @throws SecateurError ERR_MODEL_UNSUPPORTED listing every layer that no kind expresses; ERR_MODEL_CORRUPT if the
 * parts do not fit together; ERR_LIMIT if they are larger than a model's; ERR_DATA for weights that are not finite.
 */
export function fromKeras({ topology, dialect, weights, training }: KerasModel): Network {
  const layers = translate(topology.vertices, dialect, readOnce(weights));
  const outputs = topology.outputs.map((name) => {
    const layer = layers.outputs.get(name);
    if (layer === undefined) throw corrupt(`the output layer "${name}" is not in the model`);
    return layer;
  });
  const loss = isObject(training) ? lossNamed(training.loss) : null;
  return build({ name: topology.name, layers: layers.specs, outputs, loss });
}

/** All uses of a layer have the same weights. */
function readOnce(weights: WeightSource): WeightSource {
  const known = new Map<string, ReturnType<WeightSource>>();
  return (layer, names) => {
    const found = known.get(layer) ?? weights(layer, names);
    known.set(layer, found);
    return found;
  };
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

interface Translated {
  readonly specs: readonly LayerSpec[];
  /** The layer whose output that of a use of a Keras layer is. */
  readonly outputs: ReadonlyMap<string, string>;
}

/** Translates layers once their inputs are; all that cannot be are reported together. */
function translate(vertices: readonly Vertex[], dialect: Dialect, weights: WeightSource): Translated {
  const specs: LayerSpec[] = [];
  const outputs = new Map<string, string>();
  const shapes = new Map<string, Shape>();
  const problems: string[] = [];
  for (let waiting = vertices; waiting.length > 0; ) {
    const ready = waiting.filter(({ inputs }) => inputs.every((name) => shapes.has(name)));
    if (ready.length === 0)
      throw corrupt(`layer "${waiting[0]?.name}" needs its own output or a layer that is missing`);
    for (const vertex of ready) {
      const inputs = vertex.inputs.map((name) => shapes.get(name) ?? []);
      const { translated, problem } = attempt(() => translateLayer(vertex, inputs, outputs, { dialect, weights }));
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
  { className, name, layer, config, inputs }: Vertex,
  shapes: readonly Shape[],
  outputs: ReadonlyMap<string, string>,
  { dialect, weights }: Pick<KerasModel, 'dialect' | 'weights'>,
): LayerSpec[] {
  const kind = kindOfClass.get(className);
  if (kind === undefined) throw new Unsupported('an unknown class');
  if (config.data_format === 'channels_first') throw new Unsupported('channels_first images');
  const mapping = mappingOf(kind);
  const spec = {
    name,
    kind,
    inputs: inputs.map((input) => outputs.get(input) ?? input),
    config: mapping.classes[className]?.(config, shapes, dialect),
    weights: weights(layer, mapping.weights?.(config) ?? {}),
  } as LayerSpec;
  const fused = mapping.fusesActivation ? activationOf(config, dialect) : { fn: 'linear' as const };
  if (fused.fn === 'linear') return [spec];
  return [spec, { name: `${name}/activation`, kind: 'activation', inputs: [name], config: fused }];
}

const activationOf = ({ activation }: Json, dialect: Dialect) => activationNamed(activation ?? 'linear', dialect);
