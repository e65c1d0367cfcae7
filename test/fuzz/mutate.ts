import fc from 'fast-check';
import { unzipSync, zipSync } from 'fflate';

// Damage that knows the structure of what it damages, as arbitraries of fast-check: seeds and small edits, which shrink.

/** From 0 to below 1, evenly: doubles that fast-check draws by itself are nearly all next to 0. */
export const share: fc.Arbitrary<number> = fc.noBias(fc.nat({ max: 2 ** 30 - 1 })).map((drawn) => drawn / 2 ** 30);
const few = { minLength: 1, maxLength: 4 };

/** The element at a share of a list. */
const at = <T>(list: readonly T[], where: number): T => list[Math.floor(where * list.length)] as T;

const edit = fc.record({
  where: share,
  drop: fc.oneof({ weight: 3, arbitrary: fc.nat({ max: 8 }) }, { weight: 1, arbitrary: fc.nat({ max: 1 << 16 }) }),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 9 }),
    fc.constantFrom(0, 1, 8, 255).map((byte) => new Uint8Array(8).fill(byte)),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => new Uint8Array(BigUint64Array.of(value).buffer)),
  ),
});
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

function editBytes(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  return edits.reduce((before, { where, drop, insert }) => {
    const from = Math.floor(where * (before.length + 1));
    return Buffer.concat([before.subarray(0, from), insert, before.subarray(from + drop)]);
  }, bytes);
}

/** Bytes dropped, replaced and inserted: numbers of all widths where numbers may stand. */
export const bytesOf = (...seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> =>
  fc.tuple(fc.constantFrom(...seeds), fc.array(edit, few)).map(([seed, edits]) => editBytes(seed, edits));

/** What a file may hold in any place. */
const junk = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    '',
    '__proto__',
    'constructor',
    [],
    {},
    [[]],
    [null],
    [-1, 1e9],
    'x'.repeat(1e5),
  ),
  fc.constantFrom<unknown>(-1, 0, 0.5, 1e9, 2 ** 31, 2 ** 32, 2 ** 53, 1e308),
  fc.jsonValue({ maxDepth: 2 }),
);
const change = fc.record({ where: share, from: share, kind: fc.nat({ max: 3 }), junk });
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

type Container = Record<string, unknown>;

/** Every place in a JSON value. */
function placesOf(value: unknown): { container: Container; key: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  const container = value as Container;
  return Object.keys(container).flatMap((key) => [{ container, key }, ...placesOf(container[key])]);
}

/** JSON has no holes in lists. */
function remove({ container, key }: { container: Container; key: string }): void {
  if (Array.isArray(container)) container.splice(Number(key), 1);
  else delete container[key];
}

function changeJson(seed: unknown, changes: readonly Change[]): unknown {
  const root = { root: structuredClone(seed) };
  for (const { where, from, kind, junk: value } of changes) {
    const places = placesOf(root);
    if (places.length === 0) break;
    const [to, other] = [at(places, where), at(places, from)];
    if (kind === 0) remove(to);
    else if (kind === 1) to.container[to.key] = structuredClone(other.container[other.key]);
    else to.container[to.key] = structuredClone(value);
  }
  return root.root;
}

/** JSON values with members replaced, removed and copied to other places. */
export const jsonOf = (...seeds: readonly unknown[]): fc.Arbitrary<unknown> =>
  fc.tuple(fc.constantFrom(...seeds), fc.array(change, few)).map(([seed, changes]) => changeJson(seed, changes));

/** The same as text, which is at times no JSON. */
export const jsonTextOf = (...seeds: readonly unknown[]): fc.Arbitrary<string> =>
  jsonOf(...seeds).map((value) => JSON.stringify(value) ?? '');

/** Zip archives of which one file is damaged, and is an archive still. */
export const archivesOf = (...seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(fc.constantFrom(...seeds), share, fc.array(edit, few), fc.array(change, few))
    .map(([seed, which, edits, changes]) => {
      const files = unzipSync(seed);
      const name = at(Object.keys(files).sort(), which);
      const content = files[name] as Uint8Array;
      const changed = name.endsWith('.json')
        ? Buffer.from(JSON.stringify(changeJson(JSON.parse(Buffer.from(content).toString()), changes)) ?? '')
        : editBytes(
            content,
            edits.map((one) => ({ ...one, where: one.where ** 4 })),
          );
      return zipSync({ ...files, [name]: new Uint8Array(changed) }, { level: 0 });
    });

/** A field of a protobuf message: its number, its wire type, and its content or the fields of it. */
interface Field {
  readonly number: number;
  readonly wire: number;
  readonly content: Uint8Array | Field[];
}

function readVarint(bytes: Uint8Array, from: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let i = from; i < bytes.length && i < from + 7; i++) {
    value += ((bytes[i] as number) & 127) * 2 ** (7 * (i - from));
    if ((bytes[i] as number) < 128) return { value, end: i + 1 };
  }
  return undefined;
}

/** Where the content of a field begins and ends, by its wire type. */
function extentOf(bytes: Uint8Array, wire: number, from: number): [number, number] | undefined {
  const varint = wire === 0 || wire === 2 ? readVarint(bytes, from) : undefined;
  if (wire === 0) return varint && [from, varint.end];
  if (wire === 2) return varint && [varint.end, varint.end + varint.value];
  if (wire === 1) return [from, from + 8];
  return wire === 5 ? [from, from + 4] : undefined;
}

/** The fields of a message, or undefined if the bytes are none. */
function readFields(bytes: Uint8Array): Field[] | undefined {
  const fields: Field[] = [];
  for (let from = 0; from < bytes.length; ) {
    const tag = readVarint(bytes, from);
    const extent = tag && extentOf(bytes, tag.value % 8, tag.end);
    if (!tag || !extent || tag.value < 8 || extent[1] > bytes.length) return undefined;
    const content = bytes.subarray(...extent);
    const wire = tag.value % 8;
    const inner = wire === 2 && content.length > 1 ? readFields(content) : undefined;
    fields.push({ number: Math.floor(tag.value / 8), wire, content: inner ?? content });
    from = extent[1];
  }
  return fields;
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

function writeFields(fields: readonly Field[]): Buffer {
  const parts = fields.flatMap(({ number, wire, content }) => {
    const bytes = Array.isArray(content) ? writeFields(content) : content;
    return [Uint8Array.from([...varint(number * 8 + wire), ...(wire === 2 ? varint(bytes.length) : [])]), bytes];
  });
  return Buffer.concat(parts);
}

const listsIn = (fields: Field[]): Field[][] => [
  fields,
  ...fields.flatMap(({ content }) => (Array.isArray(content) ? listsIn(content) : [])),
];

const fieldChange = fc.record({ list: share, where: share, from: share, kind: fc.nat({ max: 4 }), edit });

/** Messages of protobuf with fields removed, doubled, moved, nested and filled with other things. */
export const messagesOf = (...seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> =>
  fc.tuple(fc.constantFrom(...seeds), fc.array(fieldChange, few)).map(([seed, changes]) => {
    const root = readFields(seed);
    if (!root) throw new Error('the seed is no message');
    for (const { list, where, from, kind, edit: one } of changes) {
      const lists = listsIn(root).filter(({ length }) => length > 0);
      if (lists.length === 0) break;
      const [fields, others] = [at(lists, list), at(lists, from)];
      const index = Math.floor(where * fields.length);
      const [field, other] = [fields[index] as Field, at(others, where)];
      const content = Array.isArray(field.content) ? writeFields(field.content) : field.content;
      const changed: readonly (readonly Field[])[] = [
        [],
        [field, structuredClone(field)],
        [structuredClone(other)],
        [{ ...field, number: other.number }],
        [{ ...field, content: editBytes(content, [one]) }],
      ];
      fields.splice(index, 1, ...(changed[kind] as readonly Field[]));
    }
    return writeFields(root);
  });
