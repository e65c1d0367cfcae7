import { describe, expect, it } from 'vitest';
import { classify, defaultTolerances } from '../../src/ablation/index.js';

describe('classify(change, tolerances)', () => {
  it('counts both ends of the tolerances as zero', () => {
    expect(classify(1e-5, defaultTolerances)).toBe('zero');
    expect(classify(-1e-5, defaultTolerances)).toBe('zero');
    expect(classify(0, defaultTolerances)).toBe('zero');
  });

  it('calls a node worse if the network is better without it', () => {
    expect(classify(1.0000001e-5, defaultTolerances)).toBe('worse');
  });

  it('calls a node important if the network is worse without it', () => {
    expect(classify(-1.0000001e-5, defaultTolerances)).toBe('important');
  });

  it('follows tolerances that do not contain 0', () => {
    expect(classify(0.5, { low: 1, high: 2 })).toBe('worse');
    expect(classify(0, { low: 1, high: 2 })).toBe('important');
    expect(classify(-3, { low: -2, high: -1 })).toBe('important');
  });
});
