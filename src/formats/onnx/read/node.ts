import { corrupt, Unsupported } from '../problems.js';
import { type AttributeProto, attributeTypes, type NodeProto } from '../proto/messages.js';
import type { Constant } from '../tensors.js';
import type { Operand, Value } from './values.js';

/** A node of the ONNX graph with its inputs looked up; an input that is left out is undefined. */
export interface ReadNode {
  readonly proto: NodeProto;
  readonly inputs: readonly (Operand | undefined)[];
  /** Whether the node's output is taken exactly once. */
  readonly sole: boolean;
}

export const nodeName = ({ name, output }: NodeProto): string => name || output[0] || 'node';
export const describeNode = (proto: NodeProto): string => `node "${nodeName(proto)}" (${proto.opType})`;
const where = ({ proto }: ReadNode): string => describeNode(proto);

/** @throws SecateurError ERR_MODEL_CORRUPT if the input is left out; Unsupported if it is a constant. */
export function valueInput(node: ReadNode, index = 0): Value {
  const input = node.inputs[index];
  if (input === undefined) throw corrupt(`${where(node)}: its input ${index} is missing`);
  if (input.type === 'constant') throw new Unsupported(`its input ${index} is a constant`);
  return input;
}

/** @throws Unsupported if the input is computed instead of fixed. */
export function optionalConstant(node: ReadNode, index: number): Constant | undefined {
  const input = node.inputs[index];
  if (input?.type === 'value') throw new Unsupported(`its input ${index} is computed, not a constant`);
  return input;
}

/** @throws SecateurError ERR_MODEL_CORRUPT if the input is left out; Unsupported if it is computed. */
export function constantInput(node: ReadNode, index: number): Constant {
  const input = optionalConstant(node, index);
  if (input === undefined) throw corrupt(`${where(node)}: its input ${index} is missing`);
  return input;
}

/** A constant of floats. @throws SecateurError ERR_MODEL_CORRUPT if it holds whole numbers. */
export function floats(node: ReadNode, constant: Constant): Float32Array {
  if (constant.data instanceof Float32Array) return constant.data;
  throw corrupt(`${where(node)}: "${constant.name}" must hold floats`);
}

/** A constant of whole numbers, `openSize` among them. @throws SecateurError ERR_MODEL_CORRUPT if it holds floats. */
export function sizesIn(node: ReadNode, constant: Constant): number[] {
  if (constant.data instanceof Float64Array) return [...constant.data];
  throw corrupt(`${where(node)}: "${constant.name}" must hold whole numbers`);
}

/**
 * A constant of whole numbers.
 *
 * @throws SecateurError ERR_MODEL_CORRUPT if it holds floats; Unsupported if it depends on the number of samples.
 */
export function integers(node: ReadNode, constant: Constant): number[] {
  const found = sizesIn(node, constant);
  if (found.some(Number.isNaN)) throw new Unsupported(`"${constant.name}" depends on the number of samples`);
  return found;
}

type AttributeField = keyof typeof attributeTypes;

function attribute<F extends AttributeField>(node: ReadNode, name: string, field: F): AttributeProto[F] | undefined {
  const found = node.proto.attribute.find((candidate) => candidate.name === name);
  if (found === undefined) return undefined;
  if (found.type !== attributeTypes[field]) throw corrupt(`${where(node)}: attribute ${name} is of the wrong type`);
  return found[field];
}

export const integerAttribute = (node: ReadNode, name: string, otherwise: number): number =>
  attribute(node, name, 'i') ?? otherwise;

export const integersAttribute = (node: ReadNode, name: string): readonly number[] | undefined =>
  attribute(node, name, 'ints');

/** As the shortest decimal that is this float32: 0.1, where the file can only hold 0.10000000149. */
export function floatAttribute(node: ReadNode, name: string, otherwise: number): number {
  const value = attribute(node, name, 'f');
  return value === undefined ? otherwise : shortestDecimal(value);
}

export function textAttribute(node: ReadNode, name: string, otherwise: string): string {
  const value = attribute(node, name, 's');
  return value === undefined ? otherwise : Buffer.from(value).toString('latin1');
}

export const tensorAttribute = (node: ReadNode, name: string): AttributeProto['t'] => attribute(node, name, 't');

/** The shortest decimal number that a float32 stands for; 9 digits always tell one from the next. */
export function shortestDecimal(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return candidate;
  }
  return value;
}
