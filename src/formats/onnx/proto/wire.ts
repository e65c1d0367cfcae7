import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { SecateurError } from '../../../util/errors.js';

/**
 * Items that all lists of one file may hold together: far more than any model has, and few enough that a hostile file
 * cannot turn two bytes each into gigabytes of objects. Packed floats stay bytes and do not count.
 */
const maxItems = 2 ** 20;

/** What is left of {@link maxItems} while one file is decoded. */
interface Budget {
  items: number;
}

/** One field of a message: its public number, how it is decoded from what came before it, and how it is encoded. */
export interface Field<Value, Draft = Value> {
  readonly number: number;
  readonly initial: () => Value;
  readonly decode: (reader: BinaryReader, wireType: WireType, before: Value, budget: Budget) => Value;
  readonly encode: (writer: BinaryWriter, value: Draft) => void;
}

// biome-ignore lint/suspicious/noExplicitAny: the one place where fields of all types stand together
type AnyField = Field<any, any>;
/** A message as the table of its fields. Tables refer to each other without circles, which bounds the nesting. */
export type Message = Readonly<Record<string, AnyField>>;

/** What decoding gives: every field, absent ones with their default. */
export type Decoded<M extends Message> = {
  readonly [K in keyof M]: M[K] extends Field<infer Value, infer _> ? Value : never;
};
/** What encoding takes: the fields that shall be there, zeros included. */
export type Draft<M extends Message> = {
  readonly [K in keyof M]?: M[K] extends Field<infer _, infer D> ? D : never;
};

/** Thrown for bytes that are not the message they should be; the reader of the file makes it a SecateurError. */
export class WireProblem extends Error {}

/**
 * @throws WireProblem, or an error of the protobuf library, if the bytes are no such message; SecateurError ERR_LIMIT if
 * they hold too many items.
 */
export function decode<M extends Message>(message: M, bytes: Uint8Array): Decoded<M> {
  return decodeWithin({ items: maxItems }, message, bytes);
}

function decodeWithin<M extends Message>(budget: Budget, message: M, bytes: Uint8Array): Decoded<M> {
  const values: Record<string, unknown> = {};
  const names = new Map<number, string>();
  for (const [name, field] of Object.entries(message)) {
    values[name] = field.initial();
    names.set(field.number, name);
  }
  const reader = new BinaryReader(bytes, decodeText);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const name = names.get(number);
    if (name === undefined) skip(reader, wireType);
    else values[name] = message[name]?.decode(reader, wireType, values[name], budget);
  }
  expectInside(reader);
  return values as Decoded<M>;
}

export function encode<M extends Message>(message: M, draft: Draft<M>): Uint8Array {
  const writer = new BinaryWriter();
  encodeInto(writer, message, draft);
  return writer.finish();
}

function encodeInto<M extends Message>(writer: BinaryWriter, message: M, draft: Draft<M>): void {
  for (const [name, field] of Object.entries(message)) {
    const value = draft[name];
    if (value !== undefined) field.encode(writer, value);
  }
}

const text = new TextDecoder('utf-8', { fatal: true });
const decodeText = (bytes: Uint8Array): string => text.decode(bytes);

function skip(reader: BinaryReader, wireType: WireType): void {
  if (wireType === WireType.StartGroup || wireType === WireType.EndGroup) throw new WireProblem('a field is a group');
  reader.skip(wireType);
}

function expectWire(actual: WireType, wanted: WireType): void {
  if (actual !== wanted) throw new WireProblem(`a field has wire type ${actual} where ${wanted} is due`);
}

/** The library's readers of numbers run over the end; asked afterwards, since what they return is then dropped. */
function expectInside(reader: BinaryReader): void {
  if (reader.pos > reader.len) throw new WireProblem('it ends in the middle of a field');
}

function takeItem(budget: Budget): void {
  budget.items--;
  if (budget.items < 0) {
    throw new SecateurError('ERR_LIMIT', `its lists hold more than ${maxItems} items`, {
      hint: 'no layer kind needs as many: the file is broken or made to harm',
    });
  }
}

/** A field that is there once, or not at all. */
interface Scalar<T> {
  readonly wireType: WireType;
  readonly zero: T;
  readonly read: (reader: BinaryReader) => T;
  readonly write: (writer: BinaryWriter, value: T) => void;
}

const integers: Scalar<number> = {
  wireType: WireType.Varint,
  zero: 0,
  read: (reader) => Number(reader.int64()),
  write: (writer, value) => writer.int64(value),
};
const singles: Scalar<number> = {
  wireType: WireType.Bit32,
  zero: 0,
  read: (reader) => reader.float(),
  write: (writer, value) => writer.float(value),
};
const texts: Scalar<string> = {
  wireType: WireType.LengthDelimited,
  zero: '',
  read: (reader) => reader.string(),
  write: (writer, value) => writer.string(value),
};
const blobs: Scalar<Uint8Array> = {
  wireType: WireType.LengthDelimited,
  zero: new Uint8Array(0),
  read: (reader) => reader.bytes(),
  write: (writer, value) => writer.bytes(value),
};

function one<T>(number: number, { wireType, zero, read, write }: Scalar<T>): Field<T> {
  return {
    number,
    initial: () => zero,
    decode: (reader, wire) => {
      expectWire(wire, wireType);
      const value = read(reader);
      expectInside(reader);
      return value;
    },
    encode: (writer, value) => write(writer.tag(number, wireType), value),
  };
}

/** Repeated, each item behind its own tag or, for integers, packed. Appends in place: the list is the decoder's own. */
function many<T>(number: number, { wireType, read, write }: Scalar<T>): Field<T[], readonly T[]> {
  const append = (reader: BinaryReader, items: T[], budget: Budget): void => {
    takeItem(budget);
    items.push(read(reader));
    expectInside(reader);
  };
  return {
    number,
    initial: () => [],
    decode: (reader, wire, items, budget) => {
      if (wire === WireType.LengthDelimited && wireType !== wire) {
        const packed = new BinaryReader(reader.bytes());
        while (packed.pos < packed.len) append(packed, items, budget);
      } else {
        expectWire(wire, wireType);
        append(reader, items, budget);
      }
      return items;
    },
    encode: (writer, items) => {
      for (const item of items) write(writer.tag(number, wireType), item);
    },
  };
}

export const integer = (number: number): Field<number> => one(number, integers);
export const single = (number: number): Field<number> => one(number, singles);
export const string = (number: number): Field<string> => one(number, texts);
/** Raw bytes; packed fixed-size numbers too, so that weights cost no object a number (ONNX packs them in one piece). */
export const bytes = (number: number): Field<Uint8Array> => one(number, blobs);
export const integerList = (number: number): Field<number[], readonly number[]> => many(number, integers);
export const singleList = (number: number): Field<number[], readonly number[]> => many(number, singles);
export const stringList = (number: number): Field<string[], readonly string[]> => many(number, texts);

/** Another message, at most once; a second one replaces the first. */
export function message<M extends Message>(number: number, of: M): Field<Decoded<M> | undefined, Draft<M>> {
  return {
    number,
    initial: () => undefined,
    decode: (reader, wire, _before, budget) => {
      expectWire(wire, WireType.LengthDelimited);
      return decodeWithin(budget, of, reader.bytes());
    },
    encode: (writer, draft) => {
      encodeInto(writer.tag(number, WireType.LengthDelimited).fork(), of, draft);
      writer.join();
    },
  };
}

/** Other messages, in order. */
export function messageList<M extends Message>(number: number, of: M): Field<Decoded<M>[], readonly Draft<M>[]> {
  const item = message(number, of);
  return {
    number,
    initial: () => [],
    decode: (reader, wire, items, budget) => {
      takeItem(budget);
      expectWire(wire, WireType.LengthDelimited);
      items.push(decodeWithin(budget, of, reader.bytes()));
      return items;
    },
    encode: (writer, drafts) => {
      for (const draft of drafts) item.encode(writer, draft);
    },
  };
}
