import { corrupt, unsupported } from '../problems.js';
import type { GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto } from '../proto/messages.js';
import { dataTypes } from '../proto/messages.js';
import { asListed, channelsFirst, sameAxes } from './values.js';

/** The operator sets that are read. Within them the operators of the table mean the same, or the table knows better. */
export const operatorSets = { from: 13, to: 21 } as const;

/** What of a file takes part in making its outputs, checked as far as it can be without converting nodes. */
export interface LiveGraph {
  readonly name: string;
  readonly input: ModelInput;
  readonly outputs: readonly string[];
  /** The nodes that the outputs depend on, in the file's order. */
  readonly nodes: readonly NodeProto[];
  readonly initializers: ReadonlyMap<string, TensorProto>;
  /** The nodes that take a tensor, once for each time; an output of the model counts as one more. */
  readonly takers: (tensor: string) => readonly (NodeProto | 'output')[];
}

export interface ModelInput {
  readonly name: string;
  /** Samples that the model was exported for; null if any number. */
  readonly batch: number | null;
  /** The shape of a sample as ONNX has it. */
  readonly sizes: readonly number[];
}

/**
 * @throws SecateurError ERR_MODEL_CORRUPT if the file breaks ONNX's rules; ERR_MODEL_UNSUPPORTED for another operator
 * set, sparse weights, several inputs, or sizes that are open.
 */
export function liveGraph(model: ModelProto): LiveGraph {
  const { graph } = model;
  if (graph === undefined) throw corrupt('it holds no graph');
  checkOperatorSet(model);
  if (graph.sparseInitializer.length > 0) throw unsupported(['it has sparse initialisers']);
  const initializers = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const outputs = graph.output.map(({ name }) => name);
  if (outputs.length === 0) throw corrupt('it has no output');
  const input = readInput(onlyInput(graph.input.filter(({ name }) => !initializers.has(name))));
  const nodes = reaching(graph, outputs);
  return { name: graph.name, input, outputs, nodes, initializers, takers: takersOf(nodes, outputs) };
}

function checkOperatorSet({ opsetImport }: ModelProto): void {
  const found = opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  if (found === undefined) throw corrupt('it names no ONNX operator set');
  const { from, to } = operatorSets;
  if (found.version < from || found.version > to) {
    throw unsupported([`it wants operator set ${found.version}; ${from} to ${to} are read`]);
  }
}

function onlyInput(found: readonly ValueInfoProto[]): ValueInfoProto {
  const [first, ...others] = found;
  if (first === undefined) throw corrupt('it has no input');
  if (others.length === 0) return first;
  throw unsupported([`it has ${found.length} inputs (${found.map(({ name }) => `"${name}"`).join(', ')}), not one`]);
}

const floatTypes: readonly number[] = [dataTypes.float32, dataTypes.float16, dataTypes.float64];

function readInput({ name, type }: ValueInfoProto): ModelInput {
  const tensor = type?.tensorType;
  if (tensor?.shape === undefined) throw unsupported([`input "${name}" says nothing of its shape`]);
  if (!floatTypes.includes(tensor.elemType)) throw unsupported([`input "${name}" does not take floats`]);
  const [samples, ...sizes] = tensor.shape.dim;
  const shown = tensor.shape.dim.map(({ dimParam, dimValue }) => dimParam || dimValue);
  if (samples === undefined || sizes.length === 0) throw unsupported([`input "${name}" [${shown}] has no sample axis`]);
  if (sizes.some(({ dimValue }) => !Number.isSafeInteger(dimValue) || dimValue < 1)) {
    throw unsupported([`input "${name}" [${shown}] leaves sizes open`]);
  }
  return { name, batch: samples.dimValue || null, sizes: sizes.map(({ dimValue }) => dimValue) };
}

/** The nodes that the outputs depend on. Exporters leave dead ones behind, mostly the computation of shapes. */
function reaching({ node: nodes }: GraphProto, outputs: readonly string[]): NodeProto[] {
  const needed = new Set(outputs);
  const found: NodeProto[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.output.some((name) => name !== '' && needed.has(name))) continue;
    found.push(node);
    for (const name of node.input) needed.add(name);
  }
  return found.reverse();
}

/** What asks for a tensor's shape alone takes nothing of it. */
function takersOf(nodes: readonly NodeProto[], outputs: readonly string[]): LiveGraph['takers'] {
  const takers = new Map<string, (NodeProto | 'output')[]>(outputs.map((name) => [name, ['output']]));
  for (const node of nodes) {
    if (node.opType === 'Shape') continue;
    for (const name of node.input) {
      const found = takers.get(name);
      if (found) found.push(node);
      else takers.set(name, [node]);
    }
  }
  return (tensor) => takers.get(tensor) ?? [];
}

const toChannelsFirst: readonly number[] = [0, 3, 1, 2];

/** Whether everything that takes a tensor is a `Transpose` of channels last to channels first. */
export function turnedByAll({ takers }: LiveGraph, tensor: string): boolean {
  const turns = takers(tensor).map((taker) => {
    if (taker === 'output' || taker.opType !== 'Transpose') return false;
    return sameAxes(taker.attribute.find(({ name }) => name === 'perm')?.ints ?? [], toChannelsFirst);
  });
  return turns.length > 0 && turns.every(Boolean);
}

/** How the axes of the model's input lie: images channels first, unless the model's own first step turns them so. */
export function inputAxes(graph: LiveGraph): readonly number[] {
  const rank = graph.input.sizes.length;
  return rank === 3 && !turnedByAll(graph, graph.input.name) ? channelsFirst : asListed(rank);
}
