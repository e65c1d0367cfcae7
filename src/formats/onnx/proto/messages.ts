import {
  bytes,
  type Decoded,
  type Draft,
  integer,
  integerList,
  message,
  messageList,
  single,
  singleList,
  string,
  stringList,
} from './wire.js';

// The messages of an ONNX file with the public field numbers of its format; fields that nothing here needs are left out
// and skipped when read. Subgraphs are left out too: no supported operator has one.

const stringEntry = { key: string(1), value: string(2) };

/** A constant: initialiser or attribute. Its numbers are in `rawData` (little-endian), in a typed list, or outside. */
const tensor = {
  dims: integerList(1),
  dataType: integer(2),
  floatData: bytes(4),
  int32Data: integerList(5),
  int64Data: integerList(7),
  name: string(8),
  rawData: bytes(9),
  doubleData: bytes(10),
  externalData: messageList(13, stringEntry),
  dataLocation: integer(14),
};

const attribute = {
  name: string(1),
  f: single(2),
  i: integer(3),
  s: bytes(4),
  t: message(5, tensor),
  floats: singleList(7),
  ints: integerList(8),
  type: integer(20),
};

const node = {
  input: stringList(1),
  output: stringList(2),
  name: string(3),
  opType: string(4),
  attribute: messageList(5, attribute),
  domain: string(7),
};

/** One axis: a number, or a name for a size that is open. */
const dimension = { dimValue: integer(1), dimParam: string(2) };
const tensorType = { elemType: integer(1), shape: message(2, { dim: messageList(1, dimension) }) };
const valueInfo = { name: string(1), type: message(2, { tensorType: message(1, tensorType) }) };

const graph = {
  node: messageList(1, node),
  name: string(2),
  initializer: messageList(5, tensor),
  input: messageList(11, valueInfo),
  output: messageList(12, valueInfo),
  sparseInitializer: messageList(15, {}),
};

const operatorSet = { domain: string(1), version: integer(2) };

/** A whole file. */
export const model = {
  irVersion: integer(1),
  producerName: string(2),
  graph: message(7, graph),
  opsetImport: messageList(8, operatorSet),
  metadataProps: messageList(14, stringEntry),
};

export type TensorProto = Decoded<typeof tensor>;
export type AttributeProto = Decoded<typeof attribute>;
export type NodeProto = Decoded<typeof node>;
export type ValueInfoProto = Decoded<typeof valueInfo>;
export type GraphProto = Decoded<typeof graph>;
export type ModelProto = Decoded<typeof model>;

export type TensorDraft = Draft<typeof tensor>;
export type AttributeDraft = Draft<typeof attribute>;
export type NodeDraft = Draft<typeof node>;
export type ValueInfoDraft = Draft<typeof valueInfo>;
export type ModelDraft = Draft<typeof model>;

/** `AttributeProto.AttributeType`: which field of an attribute holds its value. */
export const attributeTypes = { f: 1, i: 2, s: 3, t: 4, floats: 6, ints: 7 } as const;

/** `TensorProto.DataType`: the element types that are read; the others only have a name, for messages. */
export const dataTypes = { float32: 1, int32: 6, int64: 7, bool: 9, float16: 10, float64: 11 } as const;

/** `TensorProto.DataLocation.EXTERNAL`. */
export const externalLocation = 1;
