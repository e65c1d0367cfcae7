import { describe, expect, it } from 'vitest';
import type { Addon } from '../../../src/engine/native/addon.js';
import { nativeAddon } from '../../../src/engine/native/index.js';
import { encodeNetwork } from '../../../src/engine/native/layers.js';
import { createNativeEngine } from '../../../src/engine/native/native.js';
import { type LayerId, lossHead } from '../../../src/network/index.js';
import { propagationJob } from '../../support/propagate.js';
import { addonIsHere, drawSamples, network } from './support.js';

// Nothing of this can be written in TypeScript; it is what a bug or a hostile caller would do.
type Loose = { readonly [Name in keyof Addon]: (...args: unknown[]) => unknown };

const notNumbers = [undefined, null, 'x', Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5, 2 ** 53, 2 ** 60, {}, 1n];

function detached(length: number): Float32Array {
  const array = new Float32Array(length);
  structuredClone(array, { transfer: [array.buffer] });
  return array;
}

const resizable = (length: number): Float32Array => {
  const Growing = ArrayBuffer as unknown as new (bytes: number, options: object) => ArrayBuffer;
  return new Float32Array(new Growing(4 * length, { maxByteLength: 8 * length }));
};

describe.skipIf(!addonIsHere('hostile calls'))('the addon', () => {
  const addon = nativeAddon() as unknown as Loose;
  const options = { threads: 1, memory: 2 ** 26 };
  const layers = encodeNetwork(network);
  const handle = addon.compile(layers);
  const samples = { x: new Float32Array(24), count: 2, scale: 1 };
  const head = { loss: 'crossentropy', layer: 3 };
  const targets = new Int32Array(2);
  const sweep = { site: 2, nodes: new Uint32Array(1), values: new Float32Array(1) };
  const job = { samples, targets, head, sweeps: [sweep], partial: false, blocks: false, perClass: false };

  const refuses = (call: () => unknown, message: RegExp): void => {
    expect(call).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT', message: expect.stringMatching(message) }));
    expect(addon.liveTasks()).toBe(0);
  };

  it('refuses layers that are none', () => {
    refuses(() => addon.compile(), /layers: expected an array/);
    refuses(() => addon.compile([null]), /layers\[0\]: expected an object/);
    for (const key of ['kind', 'inputs', 'shape', 'ints', 'floats', 'weights']) {
      const broken = layers.map((layer, i) => (i === 1 ? { ...layer, [key]: 5 } : layer));
      refuses(() => addon.compile(broken), new RegExp(`layers\\[1\\]\\.${key}`));
    }
  });

  it('refuses numbers of layers that no integer of the engine can hold', () => {
    for (const bad of notNumbers) {
      const withShape = [{ ...layers[0], shape: [bad] }, ...layers.slice(1)];
      refuses(() => addon.compile(withShape), /layers\[0\]\.shape\[0\]/);
    }
    refuses(() => addon.compile([{ ...layers[0], ints: [2 ** 31] }]), /ints\[0\]: expected an integer/);
    refuses(() => addon.compile([{ ...layers[0], inputs: [-1] }]), /inputs\[0\]/);
  });

  it('turns a network that does not fit together into ERR_NATIVE', () => {
    const wrong = [
      [],
      layers.slice(1),
      layers.map((layer) => ({ ...layer, weights: [] })),
      layers.map((layer) => ({ ...layer, inputs: layer.inputs.map(() => 3) })),
      layers.map((layer) => ({ ...layer, shape: [2 ** 40, 2 ** 40] })),
      layers.map((layer) => ({ ...layer, kind: 'unheard-of' })),
      layers.map((layer) => ({ ...layer, weights: layer.weights.map(() => detached(60)) })),
    ];
    for (const broken of wrong) {
      expect(() => addon.compile(broken)).toThrow(expect.objectContaining({ code: 'ERR_NATIVE' }));
    }
  });

  it('refuses handles that are none, another, or released', () => {
    for (const other of [undefined, {}, [], 5, addon]) {
      refuses(() => addon.forward(other), /network: expected its handle/);
      refuses(() => addon.cancel(other), /task: expected its handle/);
    }
    refuses(() => addon.next(handle, 1, () => {}), /task: expected its handle/);
    const released = addon.compile(layers);
    addon.release(released);
    refuses(() => addon.release(released), /released/);
    refuses(() => addon.ablate(released, job, options), /released/);
  });

  it('refuses sample counts that are none or do not fit the samples', () => {
    for (const count of [...notNumbers, 0, 1, 3, 2 ** 52]) {
      refuses(() => addon.ablate(handle, { ...job, samples: { ...samples, count } }, options), /samples/);
    }
  });

  it('refuses arrays of another type, of another length, detached or resizable', () => {
    const ablate = (changed: object) => () => addon.ablate(handle, { ...job, ...changed }, options);
    for (const x of [
      undefined,
      [1, 2],
      new Float64Array(24),
      new Float32Array(23),
      detached(24),
      new DataView(new ArrayBuffer(96)),
    ]) {
      refuses(ablate({ samples: { ...samples, x } }), /samples\.x/);
    }
    refuses(ablate({ samples: { ...samples, x: resizable(24) } }), /resizable/);
    for (const bad of [new Float32Array(2), new Int32Array(3), new Uint8Array(2), null]) {
      refuses(ablate({ targets: bad }), /targets/);
    }
    refuses(() => addon.forward(handle, samples, 3, new Float32Array(9), options), /output: expected 2 x 5 numbers/);
  });

  it('refuses heads, sweeps and scales that lead nowhere', () => {
    const ablate = (changed: object) => () => addon.ablate(handle, { ...job, ...changed }, options);
    refuses(ablate({ head: { loss: 'hinge', layer: 3 } }), /head\.loss/);
    for (const layer of [...notNumbers, 5]) refuses(ablate({ head: { ...head, layer } }), /head\.layer/);
    for (const site of [...notNumbers, 5]) refuses(ablate({ sweeps: [{ ...sweep, site }] }), /sweeps\[0\]\.site/);
    refuses(ablate({ sweeps: [{ ...sweep, nodes: Uint32Array.of(64) }] }), /no node 64 among 64/);
    refuses(ablate({ sweeps: [{ ...sweep, values: new Float32Array(2) }] }), /sweep\.values/);
    refuses(ablate({ sweeps: [{ ...sweep, before: new Float64Array(2) }] }), /sweep\.before/);
    refuses(ablate({ sweeps: [{ ...sweep, before: new Float32Array(1) }] }), /sweep\.before: .* wrong type/);
    refuses(ablate({ sweeps: {} }), /sweeps: expected an array/);
    const sets = { members: Uint32Array.of(0), ends: Uint32Array.of(1), grows: Uint8Array.of(0) };
    const cuts = { sites: Uint32Array.of(1), nodes: Uint32Array.of(0), values: Float32Array.of(0) };
    const ablateSets = (changed: object) => () =>
      addon.ablateSets(handle, { ...job, cuts, sets: { ...sets, ...changed } }, options);
    refuses(ablateSets({ before: new Float64Array(2) }), /sets\.before/);
    refuses(ablateSets({ before: new Float32Array(1) }), /sets\.before: .* wrong type/);
    refuses(ablate({ partial: 1 }), /job\.partial/);
    refuses(ablate({ blocks: 1 }), /job\.blocks/);
    for (const scale of [Number.NaN, 1e300, '1', null]) {
      refuses(ablate({ samples: { ...samples, scale } }), /samples\.scale/);
    }
    refuses(() => addon.activationSums(handle, samples, Uint32Array.of(5), options), /no layer 5/);
  });

  it('refuses propagations that lead nowhere', () => {
    const rule = { type: 'gradient' };
    const propagation = {
      samples,
      targets,
      head,
      start: 'loss',
      rules: layers.map(() => rule),
      taps: [{ layer: 1, times: 'one' }],
      maps: [{ layer: 1, signal: new Float32Array(128) }],
      weightGradients: [1],
      squaredGradients: true,
      weightedSquares: [1],
      totals: true,
    };
    const refusesJob = (changed: object, message: RegExp) =>
      refuses(() => addon.propagate(handle, { ...propagation, ...changed }, options), message);
    const withRule = (given: unknown) => ({ rules: layers.map(() => given) });
    const share = { products: [], factor: 1, epsilon: 0, stabiliser: 'signed' };
    const product = { input: 'signed', weight: 'signed', bias: 'none', sign: 1 };
    const withProduct = (changed: object) =>
      withRule({ type: 'shares', shares: [{ ...share, products: [{ ...product, ...changed }] }] });
    refusesJob({ start: 'everywhere' }, /job\.start: expected one of loss, uniform/);
    refusesJob({ rules: {} }, /job\.rules: expected an array/);
    for (const bad of [undefined, null, 5, 'gradient'])
      refusesJob(withRule(bad), /job\.rules\[0\]: expected an object/);
    refusesJob(withRule({ type: 'magic' }), /job\.rules\[0\]\.type/);
    refusesJob(withRule({ type: 'pass', part: 'square', epsilon: 0, stabiliser: 'signed' }), /part/);
    for (const epsilon of [undefined, Number.NaN, Number.POSITIVE_INFINITY, 1e39, '0']) {
      refusesJob(withRule({ type: 'pass', part: 'signed', epsilon, stabiliser: 'signed' }), /epsilon/);
    }
    refusesJob(withRule({ type: 'shares', shares: 1 }), /shares: expected an array/);
    refusesJob(withRule({ type: 'shares', shares: [share] }), /products: expected at least one/);
    refusesJob(withProduct({ input: 'whole' }), /products\[0\]\.input/);
    refusesJob(withProduct({ input: { minus: Number.NaN } }), /minus/);
    refusesJob(withProduct({ weight: 'none' }), /weight/);
    refusesJob(withProduct({ weight: { gamma: 1, of: 'signed' } }), /weight\.of/);
    refusesJob(withProduct({ bias: { of: 'positive' } }), /bias\.gamma/);
    for (const sign of [0, 2, '1']) refusesJob(withProduct({ sign }), /sign/);
    for (const layer of [...notNumbers, 5]) {
      refusesJob({ taps: [{ layer, times: 'one' }] }, /job\.taps\[0\]\.layer/);
      refusesJob({ maps: [{ layer, signal: new Float32Array(128) }] }, /job\.maps\[0\]\.layer/);
      refusesJob({ weightGradients: [layer] }, /job\.weightGradients\[0\]/);
      refusesJob({ weightedSquares: [layer] }, /job\.weightedSquares\[0\]/);
    }
    refusesJob({ taps: [{ layer: 1, times: 'two' }] }, /times/);
    for (const signal of [new Float32Array(127), new Float64Array(128), detached(128), null]) {
      refusesJob({ maps: [{ layer: 1, signal }] }, /signal/);
    }
    refusesJob({ maps: [{ layer: 1, signal: resizable(128) }] }, /resizable/);
    refusesJob({ squaredGradients: 1 }, /job\.squaredGradients/);
    refusesJob({ totals: 1 }, /job\.totals/);
  });

  it('fails where rules do not fit the layers', async () => {
    const job = propagationJob(network, { ...drawSamples(2), head: lossHead(network, new Int32Array()) });
    using compiled = createNativeEngine(nativeAddon).compile(network);
    const gradient = job.rules[0]!;
    const shares = { type: 'shares', shares: [] } as const;
    const wrong = [
      { rules: job.rules.slice(1) },
      { rules: [gradient, gradient, shares, gradient, gradient] },
      { weightGradients: [2 as LayerId] },
      { weightedSquares: [2 as LayerId] },
    ];
    for (const changed of wrong) {
      await expect(compiled.propagate({ ...job, ...changed }).next()).rejects.toMatchObject({ code: 'ERR_NATIVE' });
    }
  });

  it('refuses options and callbacks that cannot be used', () => {
    for (const bad of [...notNumbers, 0, 1e6]) {
      refuses(() => addon.ablate(handle, job, { ...options, threads: bad }), /options\.threads/);
    }
    for (const bad of [...notNumbers.filter((value) => value !== 2 ** 53 - 1), 0]) {
      refuses(() => addon.ablate(handle, job, { ...options, memory: bad }), /options\.memory/);
    }
    const task = addon.ablate(handle, job, options);
    for (const limit of [...notNumbers, 0]) expect(() => addon.next(task, limit, () => {})).toThrow(/limit/);
    expect(() => addon.next(task, 1, 'callback')).toThrow(/callback/);
    expect(() => addon.whenEnded(task)).toThrow(/callback/);
    addon.cancel(task);
  });

  it('passes on what a getter throws', () => {
    const trap = {
      get samples() {
        throw new RangeError('trapped');
      },
    };
    expect(() => addon.ablate(handle, trap, options)).toThrow('trapped');
  });
});
