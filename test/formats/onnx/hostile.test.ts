import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeOnnx, encodeOnnx } from '../../../src/formats/onnx/onnx.js';
import { SecateurError } from '../../../src/util/errors.js';
import { randomNetwork } from '../../support/randomNetwork.js';
import { file, node, weight, whole } from './handBuilt.js';

const small = file({
  input: ['N', 1, 4, 4],
  nodes: [
    node('Conv', ['x', 'k', 'b'], 'c', { auto_pad: 'SAME_UPPER', kernel_shape: [2, 2] }, 'conv'),
    node('Relu', ['c'], 'r'),
    node('Reshape', ['r', 'to'], 'f'),
    node('Gemm', ['f', 'w'], 'g', { alpha: { f: 0.5 } }),
    node('Softmax', ['g'], 'y', { axis: -1 }),
  ],
  constants: [weight('k', [2, 1, 2, 2]), weight('b', [2]), whole('to', [0, -1]), weight('w', [32, 2])],
});

const codes = ['ERR_MODEL_CORRUPT', 'ERR_MODEL_UNSUPPORTED', 'ERR_LIMIT', 'ERR_DATA'];

/** Whether the bytes are a model still; fails on any error that is not Secateur's, or has another code. */
async function survives(bytes: Uint8Array): Promise<boolean> {
  try {
    await decodeOnnx(bytes);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(SecateurError);
    expect(codes).toContain((error as SecateurError).code);
    return false;
  }
}

test('a model cut off anywhere is refused', async () => {
  expect(await survives(small)).toBe(true);
  for (let length = 0; length < small.length; length++) {
    expect(await survives(small.subarray(0, length)), `the first ${length} bytes`).toBe(false);
  }
});

test('any one byte changed gives a network or a SecateurError', async () => {
  const changed = fc.tuple(fc.nat({ max: small.length - 1 }), fc.nat({ max: 255 }));
  await fc.assert(
    fc.asyncProperty(changed, async ([at, value]) => {
      await survives(small.with(at, value));
    }),
    { numRuns: 3000, seed: 0x5eca },
  );
});

const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  drop: fc.nat({ max: 8 }),
  insert: fc.uint8Array({ maxLength: 8 }),
});

test('bytes dropped and inserted anywhere give a network or a SecateurError', async () => {
  const networks = [1, 2, 3].map((seed) => encodeOnnx(randomNetwork(seed)));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(small, ...networks),
      fc.array(edit, { minLength: 1, maxLength: 3 }),
      async (from, edits) => {
        const bytes = edits.reduce((now, { at, drop, insert }) => {
          const start = Math.floor(at * now.length);
          return Buffer.concat([now.subarray(0, start), insert, now.subarray(start + drop)]);
        }, Buffer.from(from));
        await survives(bytes);
      },
    ),
    { numRuns: 2000, seed: 0x5ecb },
  );
});

test('random bytes give a SecateurError', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), async (bytes) => {
      expect(await survives(bytes)).toBe(false);
    }),
    { numRuns: 2000, seed: 0x5ecc },
  );
});

test('groups within groups, which the wire format once had, are refused', async () => {
  expect(await survives(new Uint8Array(1_000_000).fill(0x5b))).toBe(false);
});
