import { describe, expect, test } from 'vitest';
import { prepareSamples } from '../../src/engine/index.js';
import { createNetwork } from '../../src/network/index.js';

const network = createNetwork({
  layers: [
    { name: 'input', kind: 'input', config: { shape: [3] } },
    {
      name: 'output',
      kind: 'dense',
      config: { units: 1 },
      weights: {
        kernel: { shape: [3, 1], data: new Float32Array(3) },
        bias: { shape: [1], data: new Float32Array(1) },
      },
    },
  ],
});

const negativeNaN = new Float32Array(Uint32Array.of(0xffc00001).buffer)[0]!;
const broken = [Number.NaN, negativeNaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const largest = 3.4028234663852886e38;
const fine = [0, -0, 1e-45, -1e-45, largest, -largest];

describe('samples', () => {
  test.each([Float32Array, Float64Array])('refuse a number that is not finite wherever it stands: %o', (Numbers) => {
    for (const value of broken) {
      for (let at = 0; at < 9; at++) {
        const x = new Numbers(9);
        x[at] = value;
        expect(() => prepareSamples(network, { x })).toThrow(
          expect.objectContaining({
            code: 'ERR_DATA',
            message: `x: sample ${Math.floor(at / 3)} holds ${value} at position ${at % 3}; numbers must be finite`,
          }),
        );
      }
    }
  });

  test.each([Float32Array, Float64Array])('take the smallest and the largest numbers: %o', (Numbers) => {
    expect(prepareSamples(network, { x: Numbers.from(fine) }).count).toBe(2);
  });

  test('of images whose axes lie in another order are refused, unless that orders nothing', () => {
    const images = (shape: number[], inputLayout: 'nhwc' | 'nchw') =>
      createNetwork({ layers: [{ name: 'in', kind: 'input', config: { shape } }], inputLayout });
    const [last, first] = [images([4, 5, 3], 'nhwc'), images([4, 5, 3], 'nchw')];
    const x = new Float32Array(120);
    const [asLast, asFirst] = [
      { x, shape: [4, 5, 3] },
      { x, shape: [3, 4, 5] },
    ];
    expect(() => prepareSamples(last, asFirst)).toThrow('samples of shape [3,4,5] where the network takes [4,5,3]');
    expect(() => prepareSamples(first, asLast)).toThrow('samples of shape [4,5,3] where the network takes [3,4,5]');
    const fine = [
      [last, asLast],
      [first, asFirst],
      [first, { ...asLast, layout: 'nhwc' }],
      [last, { x, shape: [60] }],
      [images([4, 5, 1], 'nhwc'), { x, shape: [1, 4, 5] }],
    ] as const;
    for (const [net, data] of fine)
      expect(prepareSamples(net, data).count).toBe(x.length / net.layers[0]!.outputShape.reduce((a, b) => a * b));
  });

  test('look at their own part of a buffer alone', () => {
    const whole = Float32Array.of(Number.NaN, 1, 2, 3, Number.NaN);
    expect(prepareSamples(network, { x: whole.subarray(1, 4) }).count).toBe(1);
    expect(() => prepareSamples(network, { x: whole.subarray(2, 5) })).toThrow(/position 2/);
  });
});
