import fc from 'fast-check';
import { describe, expect, inject, test } from 'vitest';
import type { Addon } from '../../src/engine/native/addon.js';
import { nativeAddon } from '../../src/engine/native/index.js';
import { encodeNetwork } from '../../src/engine/native/layers.js';
import { addonIsHere, network } from '../engine/native/support.js';
import { share } from './mutate.js';

// Nothing of this can be written in TypeScript; it is what a bug or a hostile caller would do.
type Loose = { readonly [Name in keyof Addon]: (...args: unknown[]) => unknown };
type Callback = (error: unknown, value: { readonly done: boolean }) => void;

/** No call may keep the addon busy for so many milliseconds. */
const patience = 5000;

const buffers: Readonly<Record<string, (bytes: number) => ArrayBufferLike>> = {
  plain: (bytes) => new ArrayBuffer(bytes),
  shared: (bytes) => new SharedArrayBuffer(bytes),
  resizable: (bytes) => {
    const Growing = ArrayBuffer as unknown as new (bytes: number, options: object) => ArrayBuffer;
    return new Growing(bytes, { maxByteLength: 2 * bytes + 8 });
  },
};
const kinds = { Float32Array, Float64Array, Int32Array, Uint32Array, Uint8Array, Int8Array };

/** Arrays of any type and length in buffers of any kind, detached ones among them; made only where they are used. */
const hostileArray = fc.record({
  kind: fc.constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[])),
  length: fc.oneof(fc.nat({ max: 3 }), fc.constantFrom(5, 24, 64, 128, 320, 768), fc.nat({ max: 1000 })),
  fill: fc.constantFrom(0, 1, 3, -1, 63, 2 ** 31, 1e38, Number.NaN),
  buffer: fc.constantFrom(...Object.keys(buffers)),
  detach: fc.nat({ max: 9 }).map((drawn) => drawn === 0),
});
type HostileArray = typeof hostileArray extends fc.Arbitrary<infer T> ? T : never;

function arrayOf({ kind, length, fill, buffer, detach }: HostileArray): ArrayBufferView {
  const array = new kinds[kind](buffers[buffer]!(length * kinds[kind].BYTES_PER_ELEMENT) as ArrayBuffer).fill(fill);
  if (detach && array.buffer instanceof ArrayBuffer) structuredClone(array, { transfer: [array.buffer] });
  return array;
}

const values: readonly unknown[] = [
  ...[undefined, null, '', 'loss', true, 0, 1, 2, 3, 64, -1, 0.5, 2 ** 32, 2 ** 60],
  ...[Number.NaN, Number.POSITIVE_INFINITY, 1n, [], {}, [[]], [null]],
];
const junk = fc.oneof(
  hostileArray.map((array) => ({ array })),
  fc.constantFrom(...values).map((value) => ({ value })),
);
const change = fc.record({ where: share, junk });
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

type Container = Record<string, unknown>;

/** Every place in plain objects and lists; arrays of numbers are replaced as a whole. */
function placesOf(value: unknown): { container: Container; key: string }[] {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  const container = value as Container;
  return Object.keys(container).flatMap((key) => [{ container, key }, ...placesOf(container[key])]);
}

describe.skipIf(!addonIsHere('fuzzing of the addon'))('the addon', () => {
  const addon = nativeAddon() as unknown as Loose;
  const options = { threads: 2, memory: 2 ** 26 };
  const layers = encodeNetwork(network);
  const handle = addon.compile(layers);
  const samples = { x: new Float32Array(24).fill(0.5), count: 2, scale: 1 };
  const head = { loss: 'crossentropy', layer: 3 };
  const labelled = { samples, targets: Int32Array.of(1, 4), head };
  const sweep = { site: 2, nodes: Uint32Array.of(0, 63), values: new Float32Array(2), before: new Float64Array(2) };
  const counts = { partial: true, blocks: true, perClass: true };
  const cuts = { sites: Uint32Array.of(2, 2), nodes: Uint32Array.of(0, 1), values: new Float32Array(2) };
  const sets = {
    members: Uint32Array.of(0, 1),
    ends: Uint32Array.of(1, 2),
    grows: Uint8Array.of(0, 1),
    before: new Float64Array(2),
  };
  const part = { products: [{ input: 'signed', weight: 'signed', bias: 'none', sign: 1 }], factor: 1 };
  const shares = { type: 'shares', shares: [{ ...part, epsilon: 0, stabiliser: 'signed' }] };
  const rules = layers.map(({ kind }) => (kind === 'dense' ? shares : { type: 'gradient' }));
  const maps = [{ layer: 1, signal: new Float32Array(128) }];
  const backwards = { start: 'loss', rules, taps: [{ layer: 1, times: 'one' }], maps, weightGradients: [] };
  const propagation = { ...labelled, ...backwards, squaredGradients: false, weightedSquares: [], totals: true };

  /** Arguments that every entry point takes, behind the handle, and how its result is waited for. */
  const calls: Readonly<Record<string, { readonly args: readonly unknown[]; readonly wait?: 'events' | 'end' }>> = {
    compile: { args: [layers] },
    ablate: { args: [{ ...labelled, sweeps: [sweep], ...counts }, options], wait: 'events' },
    predict: { args: [{ ...labelled, sweeps: [sweep], ...counts }, options], wait: 'end' },
    ablateSets: { args: [{ ...labelled, cuts, sets }, options], wait: 'events' },
    propagate: { args: [propagation, options], wait: 'events' },
    forward: { args: [samples, 3, new Float32Array(10), options], wait: 'end' },
    evaluate: { args: [samples, labelled.targets, head, options], wait: 'end' },
    activationSums: { args: [samples, Uint32Array.of(1, 2), options], wait: 'end' },
  };

  const asked = (ask: (callback: Callback) => unknown): Promise<{ readonly done: boolean }> =>
    new Promise((resolve, reject) => void ask((error, value) => (error ? reject(error) : resolve(value))));

  async function finish(task: unknown, wait: 'events' | 'end'): Promise<void> {
    if (wait === 'events') while (!(await asked((callback) => addon.next(task, 64, callback))).done);
    await asked((callback) => addon.whenEnded(task, callback));
  }

  /** Whether the call went through; else it was refused with a code. */
  async function survives(name: string, changes: readonly Change[]) {
    const { args, wait } = calls[name]!;
    const root = { args: structuredClone(args) };
    for (const { where, junk } of changes) {
      const places = placesOf(root.args);
      if (places.length === 0) break;
      const { container, key } = places[Math.floor(where * places.length)]!;
      container[key] = 'array' in junk ? arrayOf(junk.array) : structuredClone(junk.value);
    }
    try {
      const result =
        name === 'compile' ? addon.compile(...root.args) : addon[name as keyof Addon](handle, ...root.args);
      if (wait) await finish(result, wait);
      else addon.release(result);
      return true;
    } catch (error) {
      expect(['ERR_ARGUMENT', 'ERR_NATIVE', 'ERR_LIMIT']).toContain((error as { code?: unknown }).code);
      return false;
    }
  }

  test.each(Object.keys(calls))('%s works as it is written here', async (name) => {
    expect(await survives(name, [])).toBe(true);
  });

  test('survives arguments of any type, length and buffer', async () => {
    const [seed, numRuns] = [inject('fuzzSeed'), inject('fuzzCases')];
    const outcomes = { done: 0, refused: 0 };
    const drawn = fc.tuple(fc.constantFrom(...Object.keys(calls)), fc.array(change, { minLength: 1, maxLength: 3 }));
    const property = fc.asyncProperty(drawn, async ([name, changes]) => {
      const started = performance.now();
      outcomes[(await survives(name, changes)) ? 'done' : 'refused'] += 1;
      expect(performance.now() - started).toBeLessThan(patience);
    });
    const interruptAfterTimeLimit = inject('fuzzSeconds') * 1000;
    await fc.assert(property, { numRuns, interruptAfterTimeLimit, ...(seed === null ? {} : { seed }) });
    expect(Math.min(outcomes.done, outcomes.refused)).toBeGreaterThan(0);
    expect(addon.liveTasks()).toBe(0);
    process.stderr.write(`addon: ${outcomes.refused} refused, ${outcomes.done} done\n`);
  });
});
