import { SecateurError } from '../../util/errors.js';
import type { Samples } from '../engine.js';
import type { NativeSamples } from './addon.js';

/**
 * Numbers as the C++ engine takes them: doubles rounded, floats as they are.
 *
 * @throws SecateurError ERR_DATA for a double beyond the floats.
 */
export function roundToFloats(name: string, data: Float32Array | Float64Array): Float32Array {
  if (data instanceof Float32Array) return data;
  const floats = Float32Array.from(data);
  const beyond = floats.findIndex((value) => !Number.isFinite(value));
  if (beyond < 0) return floats;
  throw new SecateurError('ERR_DATA', `${name}: ${data[beyond]} at index ${beyond} is too large for a float`, {
    hint: 'scale it down, or ask for the reference engine, which computes in double',
  });
}

export function roundSamples({ x, count, scale }: Samples): NativeSamples {
  return { x: x instanceof Uint8Array ? x : roundToFloats('x', x), count, scale };
}
