import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/engine/index.js';
import { roundSamples, roundToFloats } from '../../../src/engine/native/floats.js';
import { nativeProblem } from '../../../src/engine/native/index.js';
import { denseNetwork, initialize } from '../../../src/network/index.js';
import type { SecateurError } from '../../../src/util/errors.js';
import { createRandom } from '../../../src/util/random.js';

describe('doubles at the door of the native engine', () => {
  test('are rounded to floats', () => {
    expect(roundToFloats('x', Float64Array.of(0.1, -1e-50, 3))).toEqual(Float32Array.of(0.1, -0, 3));
  });

  test('floats and bytes go through as they are', () => {
    const floats = Float32Array.of(1, 2);
    const bytes = Uint8Array.of(1, 2);
    expect(roundToFloats('x', floats)).toBe(floats);
    expect(roundSamples({ x: bytes, count: 2, scale: 0.5 })).toEqual({ x: bytes, count: 2, scale: 0.5 });
  });

  test.skipIf(nativeProblem() !== null)('make the loss that their floats make', async () => {
    const network = initialize(denseNetwork([3], [4], 2), { seed: 1 });
    const random = createRandom(2);
    const x = Float64Array.from({ length: 30 }, () => random.normal());
    const y = Int32Array.from({ length: 10 }, (_, i) => i % 2);
    const lossOf = async (own: Float32Array | Float64Array) =>
      (await evaluate(network, { x: own, y }, { engine: 'native' })).loss;
    expect(await lossOf(x)).toBe(await lossOf(Float32Array.from(x)));
  });

  test('beyond the floats are refused', () => {
    const refuse = () => roundToFloats('weight "kernel"', Float64Array.of(1, -1e39));
    expect(refuse).toThrow('weight "kernel": -1e+39 at index 1 is too large for a float');
    try {
      refuse();
    } catch (error) {
      expect((error as SecateurError).code).toBe('ERR_DATA');
    }
  });
});
