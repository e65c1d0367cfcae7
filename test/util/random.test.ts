import { describe, expect, test } from 'vitest';
import { createRandom, resumeRandom, shuffle } from '../../src/util/random.js';

const draw = <T>(count: number, next: () => T): T[] => Array.from({ length: count }, next);

/** What NumPy 2.4 gives for `RandomState(seed)`: `randint` over 32 bits, `random_sample`, `standard_normal`, `permutation(12)`. */
const streams = [
  {
    seed: 0,
    words: [2357136044, 2546248239, 3071714933, 3626093760],
    uniforms: [0.5488135039273248, 0.7151893663724195, 0.6027633760716439],
    normals: [1.764052345967664, 0.4001572083672233, 0.9787379841057392, 2.240893199201458, 1.8675579901499675],
    permutation: [6, 11, 4, 10, 2, 8, 1, 7, 9, 3, 0, 5],
    digits: [5, 0, 3, 3, 7, 9, 3, 5, 2, 4],
  },
  {
    seed: 2020,
    words: [4236026720, 639299976, 3751189827, 2669525622],
    uniforms: [0.9862768288615988, 0.8733919458206546, 0.5097455249715815],
    normals: [-1.7688457055759508, 0.07555227120810952, -1.1306297028053423, -0.6514301669047348, -0.8931156263199002],
    permutation: [2, 1, 11, 4, 10, 5, 7, 9, 6, 3, 8, 0],
    digits: [0, 8, 3, 6, 3, 3, 7, 8, 0, 0],
  },
  {
    seed: 2 ** 32 - 1,
    words: [419326371, 479346978, 3918654476, 2416749639],
    uniforms: [0.0976320289940138, 0.9123828453026218, 0.78903530185164],
    normals: [0.6484086742306527, 0.6693235306338161, -1.0805437227474493, 0.2845010447986309, 0.11388773652167104],
    permutation: [11, 8, 5, 9, 1, 10, 6, 0, 4, 7, 2, 3],
    digits: [3, 2, 7, 4, 0, 6, 9, 0, 2, 6],
  },
] as const;

describe.each(streams)('createRandom($seed)', ({ seed, words, uniforms, normals, permutation, digits }) => {
  test('uint32() is the Mersenne Twister', () => {
    expect(draw(4, createRandom(seed).uint32)).toEqual(words);
  });

  test('uniform() is random_sample()', () => {
    expect(draw(3, createRandom(seed).uniform)).toEqual(uniforms);
  });

  test('normal() is standard_normal()', () => {
    expect(draw(5, createRandom(seed).normal)).toEqual(normals);
  });

  test('integer(9) is randint(0, 10)', () => {
    const random = createRandom(seed);
    expect(draw(10, () => random.integer(9))).toEqual(digits);
  });

  test('shuffle(values) is permutation(12)', () => {
    const values = Array.from({ length: 12 }, (_, i) => i);
    shuffle(values, createRandom(seed));
    expect(values).toEqual(permutation);
  });
});

test('uint32() goes on behind the state of 624 words', () => {
  const words = draw(1000, createRandom(7).uint32);
  expect([words[624], words[999]]).toEqual([3732577367, 3925535521]);
});

test('shuffle(60000 values) is permutation(60000), typed arrays included', () => {
  const values = Int32Array.from({ length: 60000 }, (_, i) => i);
  shuffle(values, createRandom(2020));
  expect([...values.slice(0, 4), ...values.slice(-4)]).toEqual([50916, 47, 45254, 19771, 44739, 47734, 40259, 41824]);
});

test('integer(0) draws nothing', () => {
  const random = createRandom(0);
  expect(random.integer(0)).toBe(0);
  expect(random.uniform()).toBe(0.5488135039273248);
});

test('integer(2^32 - 1) keeps all 32 bits', () => {
  const random = createRandom(0);
  expect(draw(2, () => random.integer(2 ** 32 - 1))).toEqual([2357136044, 2546248239]);
});

test.each([-1, 2 ** 32, 0.5, Number.NaN])('createRandom(%d) refuses the seed', (seed) => {
  expect(() => createRandom(seed)).toThrow(`seed: expected an integer in [0, 2^32) but received ${seed}`);
});

test('a stream can be gone on with from any place, by as many generators as one likes', () => {
  const random = createRandom(5);
  for (const draws of [0, 1, 623, 624, 1000]) {
    draw(draws, random.uint32);
    random.normal();
    const state = structuredClone(random.state());
    const others = [resumeRandom(state), resumeRandom(state)];
    const expected = [...draw(3, random.normal), ...draw(700, random.uint32)];
    for (const other of others) expect([...draw(3, other.normal), ...draw(700, other.uint32)]).toEqual(expected);
  }
});
