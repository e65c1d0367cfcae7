import {
  createNetwork,
  keepShared,
  type LayerSpec,
  type LossName,
  type Network,
  type NetworkSpec,
} from '../../../network/index.js';
import { SecateurError } from '../../../util/errors.js';
import { type ElementBudget, elementBudget } from '../limits.js';
import { lossKey } from '../metadata.js';
import { corrupt, Unsupported, unsupported } from '../problems.js';
import type { ModelProto, NodeProto } from '../proto/messages.js';
import { type Constant, readTensor } from '../tensors.js';
import { inputAxes, type LiveGraph, liveGraph, turnedByAll } from './graph.js';
import { type Builder, createBuilder } from './layerBuilder.js';
import { describeNode } from './node.js';
import { operators } from './operators/index.js';
import { channelsFirst, type Operand, sameAxes, type Value } from './values.js';

/** What a tensor name stands for; `unknown` behind a node that is unsupported. */
type Known = Operand | 'unknown';

const losses = { crossentropy: true, 'binary-crossentropy': true, mse: true } as const satisfies Record<LossName, true>;

/**
 * A decoded model as a network.
 *
 * @throws SecateurError ERR_MODEL_UNSUPPORTED, one for all nodes that no layer expresses; ERR_MODEL_CORRUPT if the file
 * contradicts itself; ERR_LIMIT if it asks for too much; ERR_DATA for weights that are not finite.
 */
export function convertModel(model: ModelProto): Network {
  const graph = liveGraph(model);
  const budget = elementBudget();
  const build = createBuilder({
    budget,
    batch: graph.input.batch,
    turnedByAll: (tensor) => turnedByAll(graph, tensor),
  });
  const known = new Map<string, Known>([[graph.input.name, addInput(graph, build)]]);
  const look = lookUp(graph, known, budget);
  const kernels = new Map<string, string>();
  const problems = graph.nodes.flatMap((node) => convertNode(node, { graph, known, look, build, kernels }));
  if (problems.length > 0) throw unsupported(problems);
  const outputs = graph.outputs.map((name) => outputOf(name, graph, known).layer);
  const repeated = outputs.find((layer, i) => outputs.indexOf(layer) < i);
  if (repeated !== undefined) throw unsupported([`two of its outputs are the same, that of layer "${repeated}"`]);
  return finish({
    name: graph.name || 'network',
    layers: shareKernels(build.layers(), kernels),
    outputs,
    loss: lossOf(model),
    inputLayout: sameAxes(inputAxes(graph), channelsFirst) ? 'nchw' : 'nhwc',
  });
}

function addInput(graph: LiveGraph, build: Builder): Value {
  const { name, sizes } = graph.input;
  const axes = inputAxes(graph);
  const shape = axes.map((_, axis) => sizes[axes.indexOf(axis)] ?? 1);
  const proto: NodeProto = { input: [], output: [name], name, opType: 'input', attribute: [], domain: '' };
  const node = { proto, inputs: [], sole: graph.takers(name).length === 1 };
  return build.add(node, { kind: 'input', config: { shape } }, [], { axes });
}

type LookUp = (name: string) => Known | undefined;

/** Tensors by name; initialisers are read whenever they are asked for, and not kept beside the weights that they become. */
function lookUp({ initializers }: LiveGraph, known: ReadonlyMap<string, Known>, budget: ElementBudget): LookUp {
  const read = (name: string): Constant | undefined => {
    const tensor = initializers.get(name);
    return tensor && readTensor(tensor, budget);
  };
  return (name) => known.get(name) ?? read(name);
}

/** Layers that a file gives one kernel have it in common, and with it their biases where they are the same. */
function shareKernels(layers: readonly LayerSpec[], kernels: ReadonlyMap<string, string>): LayerSpec[] {
  const users = new Map<string, string[]>();
  for (const [layer, constant] of kernels) users.set(constant, [...(users.get(constant) ?? []), layer]);
  const shared = [...users.values()].flatMap((own) => ['kernel', 'bias'].map((weight) => ({ weight, layers: own })));
  return keepShared(layers, shared);
}

interface Conversion {
  readonly graph: LiveGraph;
  readonly known: Map<string, Known>;
  readonly look: LookUp;
  readonly build: Builder;
  /** By layer, the constant that its node multiplies by. */
  readonly kernels: Map<string, string>;
}

/** Adds what a node makes to the known tensors; returns why it could not, if so. */
function convertNode(proto: NodeProto, conversion: Conversion): string[] {
  const { graph, known } = conversion;
  const repeated = proto.output.find((name) => known.has(name) || graph.initializers.has(name));
  if (repeated) throw corrupt(`${describeNode(proto)}: "${repeated}" is made twice`);
  for (const name of proto.output) known.set(name, 'unknown');
  try {
    known.set(proto.output[0] ?? '', outcomeOf(proto, conversion));
    return [];
  } catch (error) {
    if (error instanceof Unsupported) return [`${describeNode(proto)}: ${error.message}`];
    throw error;
  }
}

/** A node behind an unsupported one stays unknown: it may well be fine, and is no problem of its own. */
function outcomeOf(proto: NodeProto, { graph, look, build, kernels }: Conversion): Known {
  const operator = operatorOf(proto);
  const [output = '', ...more] = proto.output;
  if (more.some((name) => graph.takers(name).length > 0)) throw new Unsupported('more than its first output is used');
  const inputs = proto.input.map((name) => inputOf(proto, name, look));
  if (!inputs.every((input) => input !== 'unknown')) return 'unknown';
  const made = operator.convert({ proto, inputs, sole: graph.takers(output).length === 1 }, build);
  const factor = inputs[1];
  if (made.type === 'value' && factor?.type === 'constant' && !kernels.has(made.layer)) {
    kernels.set(made.layer, factor.name);
  }
  return made;
}

function operatorOf({ domain, opType, attribute }: NodeProto) {
  const operator = domain === '' || domain === 'ai.onnx' ? operators.get(opType) : undefined;
  if (operator === undefined) throw new Unsupported(`no layer does what ${[domain, opType].join(' ').trim()} does`);
  const strange = attribute.find(({ name }) => !operator.attributes.includes(name));
  if (strange) throw new Unsupported(`its attribute ${strange.name} is unknown`);
  return operator;
}

function inputOf(proto: NodeProto, name: string, look: LookUp): Known | undefined {
  if (name === '') return undefined;
  const found = look(name);
  if (found === undefined) throw corrupt(`${describeNode(proto)}: nothing before it makes its input "${name}"`);
  return found;
}

function outputOf(output: string, { initializers }: LiveGraph, known: ReadonlyMap<string, Known>): Value {
  const found = known.get(output);
  if (initializers.has(output) || (found !== 'unknown' && found?.type === 'constant')) {
    throw unsupported([`output "${output}" is a constant`]);
  }
  if (found === undefined || found === 'unknown') throw corrupt(`nothing makes its output "${output}"`);
  if (found.order !== null) {
    throw unsupported([`output "${output}" is a flattened image, and no dense layer behind it turns its order`]);
  }
  return found;
}

function lossOf({ metadataProps }: ModelProto): LossName | null {
  const named = metadataProps.find(({ key }) => key === lossKey)?.value;
  return named !== undefined && Object.hasOwn(losses, named) ? (named as LossName) : null;
}

/** The network's own checks speak of a user's description; here it was the file that broke them. */
function finish(spec: NetworkSpec): Network {
  try {
    return createNetwork(spec);
  } catch (error) {
    const ours = error instanceof SecateurError && (error.code === 'ERR_SHAPE' || error.code === 'ERR_ARGUMENT');
    throw ours ? corrupt(error.message, error) : error;
  }
}
